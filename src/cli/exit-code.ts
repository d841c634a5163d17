/** What a command ends in. 0: clean, done, or at a gate. 1: findings, refused, unproved, failed. 2: misuse or trouble. */
export const exitCode = { done: 0, findings: 1, trouble: 2 } as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]
