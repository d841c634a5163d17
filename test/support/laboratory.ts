/** The laboratory's files, as `npm run measure` reads them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { measuredTable, type LaboratoryCase, type MeasuredTable } from '../../src/model/laboratory.ts'
import { readCases } from '../../src/laboratory/read-cases.ts'

const folder = join(import.meta.dirname, '../laboratory')

export function laboratorySchema(): string {
  return readFileSync(join(folder, 'schema.sql'), 'utf8')
}

export function laboratoryCases(): readonly LaboratoryCase[] {
  return readdirSync(join(folder, 'cases'))
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .flatMap((name) => readCases(readFileSync(join(folder, 'cases', name), 'utf8')))
}

export function measuredLaboratory(): MeasuredTable {
  return measuredTable.parse(JSON.parse(readFileSync(join(folder, 'measured.json'), 'utf8')))
}
