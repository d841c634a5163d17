/** `1 file`, `2 files`, `0 files`; `plural` for words that do not end in -s. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}
