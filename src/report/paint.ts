import { Chalk, type ChalkInstance } from 'chalk'

/** Colors for a terminal, or none: the caller knows whether anybody looks. */
export function paint(colored: boolean): ChalkInstance {
  return new Chalk({ level: colored ? 1 : 0 })
}
