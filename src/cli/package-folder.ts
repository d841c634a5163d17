import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the package stands, wherever in it this code runs: built plainly in dist/, bundled in dist/command/, or src/. */
export const packageFolder = folderWithPackage(dirname(fileURLToPath(import.meta.url)))

function folderWithPackage(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('lockstep is not inside its package')
  return folderWithPackage(parent)
}
