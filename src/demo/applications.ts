/** The versions of the OAuth server, as the load plays them. */
import type { Session } from '../database/session.ts'
import type { ApplicationName } from '../model/demo.ts'
import { firstScripts, laterScripts } from './oauth-scripts.ts'
import { statementsOf1x } from './statements-of-1x.ts'
import { readNetwork, statementsOf2x } from './statements-of-2x.ts'
import type { WorkloadScript } from './workload.ts'

/** Starts an application on a connection, for which it may have to ask the database something; then this is all that it does. */
export async function startApplication(
  name: ApplicationName,
  session: Session,
): Promise<readonly WorkloadScript[]> {
  switch (name) {
    case '1.0':
      return firstScripts(statementsOf1x)
    case '1.x':
      return laterScripts(statementsOf1x)
    case '2.x':
      return laterScripts(statementsOf2x(await readNetwork(session)))
  }
}
