import { expect, it } from 'vitest'
import { volatilityOf } from './volatility.ts'

it.each([
  ['now', 'not-volatile'],
  ['pg_catalog.now', 'not-volatile'],
  ['current_timestamp', 'not-volatile'],
  ['random', 'volatile'],
  ['gen_random_uuid', 'volatile'],
  ['uuidv7', 'volatile'],
  ['nextval', 'volatile'],
  ['extensions.uuid_generate_v4', 'volatile'],
  ['public.now', 'unknown'],
  ['my_function', 'unknown'],
])('%s is %s', (name, volatility) => {
  expect(volatilityOf(name)).toBe(volatility)
})
