/** Names, rows and other people's SQL on one line: no line break and no escape sequence of theirs reaches the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ')
}
