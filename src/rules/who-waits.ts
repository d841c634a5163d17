import type { Stalls } from '../model/effect.ts'

/** The middle of a message: `Building x on t makes every INSERT, UPDATE and DELETE of t wait until it ends`. */
export function makesWait(stalls: Stalls, relation: string): string {
  switch (stalls) {
    case 'reads':
      return `makes every statement on ${relation} wait, SELECT too, until it ends`
    case 'writes':
      return `makes every INSERT, UPDATE and DELETE on ${relation} wait until it ends`
    case 'rows':
      return `locks every row of ${relation} that it touches until the transaction ends`
    case null:
      return `locks ${relation} for an instant`
  }
}
