/** The tests measure with the very code that `migrate trace` measures with. */
export { measure, relationsOf, type Measurement, type Relation } from '../../src/verify/measure-statement.ts'
