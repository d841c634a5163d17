/**
 * What Jenkins and Surefire take for a JUnit report: the elements and attributes of junit-10.xsd of Jenkins' xunit plugin
 * (https://github.com/jenkinsci/xunit-plugin) that we write, and that the counts are those of what is in it.
 */
import { z } from 'zod'
import type { XmlElement } from './read-xml.ts'

const count = z.string().regex(/^\d+$/).transform(Number)

const outcome = z.strictObject({
  name: z.enum(['failure', 'error', 'skipped', 'system-out']),
  attributes: z.strictObject({ type: z.string().optional(), message: z.string().optional() }),
  children: z.array(z.never()),
  text: z.string(),
})

const testCase = z.strictObject({
  name: z.literal('testcase'),
  attributes: z.strictObject({ name: z.string(), classname: z.string() }),
  children: z.array(outcome).max(1),
  text: z.string().regex(/^\s*$/),
})

const testSuite = z
  .strictObject({
    name: z.literal('testsuite'),
    attributes: z.strictObject({
      name: z.string(),
      tests: count,
      failures: count,
      errors: count,
      skipped: count,
    }),
    children: z.array(testCase),
    text: z.string().regex(/^\s*$/),
  })
  .refine(({ attributes, children }) => {
    const outcomes = children.flatMap((one) => one.children.map(({ name }) => name))
    const ended = (name: string) => outcomes.filter((one) => one === name).length
    return (
      attributes.tests === children.length &&
      attributes.failures === ended('failure') &&
      attributes.errors === ended('error') &&
      attributes.skipped === ended('skipped')
    )
  }, 'the counts are wrong')

const testSuites = z
  .strictObject({
    name: z.literal('testsuites'),
    attributes: z.strictObject({ name: z.string(), tests: count, failures: count, errors: count }),
    children: z.array(testSuite),
    text: z.string().regex(/^\s*$/),
  })
  .refine(
    ({ attributes, children }) =>
      (['tests', 'failures', 'errors'] as const).every(
        (key) => attributes[key] === children.reduce((sum, suite) => sum + suite.attributes[key], 0),
      ),
    'the sums are wrong',
  )

export function junitDocument(root: XmlElement): z.infer<typeof testSuites> {
  return testSuites.parse(root)
}
