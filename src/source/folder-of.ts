/** `a/b/c.sql` → `a/b/`; empty for a file without a folder. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** The name of the folder that a file stands in: `a/b/c.sql` → `b`. */
export function folderName(path: string): string {
  return path.split('/').at(-2) ?? ''
}
