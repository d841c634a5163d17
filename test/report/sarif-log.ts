/**
 * What SARIF 2.1.0 requires of the objects that we write, from the text of the standard
 * (https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html); the section stands
 * at each. Strict: a property that the standard does not know of is an error there, too.
 */
import { z } from 'zod'

const level = z.enum(['none', 'note', 'warning', 'error'])
const id = z.string().min(1)

/** 3.11, and 3.12: Markdown never without plain text. */
const message = z.strictObject({ text: z.string().min(1), markdown: z.string().optional() })

/** 3.10, 3.4: a relative reference of RFC 3986 has no scheme, no blank and no backslash. */
const uri = z
  .string()
  .refine(
    (text) =>
      /^(?:[\w.~!$&'()*+,;=@-]|%[0-9A-F]{2})[\w.~!$&'()*+,;=@/-]*(?:%[0-9A-F]{2}[\w.~!$&'()*+,;=@/-]*)*$/.test(
        text,
      ),
    'no relative URI reference',
  )

/** 3.30 */
const region = z
  .strictObject({
    startLine: z.int().min(1),
    startColumn: z.int().min(1),
    endLine: z.int().min(1),
    endColumn: z.int().min(1),
    snippet: z.strictObject({ text: z.string() }).optional(),
  })
  .refine(({ startLine, endLine }) => startLine <= endLine)
  .refine((one) => one.startLine < one.endLine || one.startColumn <= one.endColumn)

/** 3.28, 3.29 */
const location = z.strictObject({
  physicalLocation: z.strictObject({ artifactLocation: z.strictObject({ uri }), region }),
})

/** 3.49 */
const reportingDescriptor = z.strictObject({
  id,
  shortDescription: message,
  fullDescription: message,
  help: message,
  helpUri: z.url().optional(),
  defaultConfiguration: z.strictObject({ level }),
})

/** 3.35 */
const suppression = z.strictObject({
  kind: z.enum(['inSource', 'external']),
  status: z.enum(['accepted', 'underReview', 'rejected']),
  justification: z.string(),
})

/** 3.27; 3.27.23: where one result of a run says what suppresses it, all do. */
const result = z.strictObject({
  ruleId: id,
  ruleIndex: z.int().min(0),
  level,
  message,
  locations: z.array(location).min(1),
  fingerprints: z.record(z.string(), z.string()),
  partialFingerprints: z.record(z.string(), z.string()),
  suppressions: z.array(suppression),
  /** A property bag (3.8): whatever the tool likes. */
  properties: z.record(z.string(), z.unknown()).optional(),
})

/** 3.58 */
const notification = z.strictObject({
  descriptor: z.strictObject({ id }),
  level,
  message,
  locations: z.array(location),
})

/** 3.14 */
const run = z
  .strictObject({
    tool: z.strictObject({
      driver: z.strictObject({
        name: z.string().min(1),
        semanticVersion: z.string().regex(/^\d+\.\d+\.\d+/),
        rules: z.array(reportingDescriptor),
      }),
    }),
    columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
    invocations: z.array(
      z.strictObject({
        executionSuccessful: z.boolean(),
        toolExecutionNotifications: z.array(notification),
      }),
    ),
    results: z.array(result),
  })
  .refine(({ tool, results }) =>
    results.every(({ ruleId, ruleIndex }) => tool.driver.rules[ruleIndex]?.id === ruleId),
  )
  .refine(({ tool }) => new Set(tool.driver.rules.map((rule) => rule.id)).size === tool.driver.rules.length)

/** 3.13 */
export const sarifLog = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(run),
})
