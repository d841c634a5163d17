/** GitLab's Code Quality report (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format). */
import { z } from 'zod'

export const codeQuality = z
  .array(
    z.strictObject({
      description: z.string().min(1),
      check_name: z.string().min(1),
      fingerprint: z.string().min(1),
      severity: z.enum(['info', 'minor', 'major', 'critical', 'blocker']),
      location: z.strictObject({
        // Relative to the repository, and without a leading ./
        path: z.string().refine((path) => !path.startsWith('/') && !path.startsWith('./')),
        lines: z
          .strictObject({ begin: z.int().min(1), end: z.int().min(1) })
          .refine(({ begin, end }) => begin <= end),
      }),
    }),
  )
  .refine((entries) => new Set(entries.map(({ fingerprint }) => fingerprint)).size === entries.length)
