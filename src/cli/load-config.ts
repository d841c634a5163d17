import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { configDefaults } from '../model/config-defaults.ts'
import type { Config } from '../model/config.ts'
import type { Result } from '../model/problem.ts'
import { failure } from './failure.ts'
import { propertyOf } from './property-of.ts'

const fileNames = ['lockstep.config.json', 'lockstep.config.js', 'lockstep.config.mjs', 'lockstep.config.ts']

/**
 * The config named by `--config`, or found in `folder`: a config file, else the `lockstep` key of package.json, else the
 * defaults. All that is wrong with it is said at once.
 */
export async function loadConfig(folder: string, named: string | null): Promise<Result<Config>> {
  const path = named ?? fileNames.map((name) => join(folder, name)).find(existsSync) ?? null
  if (path !== null) {
    const raw = await rawConfig(path)
    return raw.ok ? parsed(raw.value, path) : raw
  }
  const packagePath = join(folder, 'package.json')
  if (!existsSync(packagePath)) return { ok: true, value: configDefaults }
  const key = readJson(packagePath)
  if (!key.ok) return key
  const value = propertyOf(key.value, 'lockstep')
  return value === undefined
    ? { ok: true, value: configDefaults }
    : parsed(value, `${packagePath} (lockstep)`)
}

async function rawConfig(path: string): Promise<Result<unknown>> {
  if (!existsSync(path)) {
    return failure('config-not-found', `There is no config file ${path}`, 'Give --config a file that exists.')
  }
  if (path.endsWith('.json')) return readJson(path)
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    return { ok: true, value: propertyOf(module, 'default') }
  } catch (error) {
    if (propertyOf(error, 'code') === 'ERR_UNKNOWN_FILE_EXTENSION') {
      return failure(
        'config-broken',
        `Node ${process.versions.node} cannot load ${path}: it knows no TypeScript`,
        'Node 22.18 and later load it as it is. Before, name it lockstep.config.js, or give Node a loader, as NODE_OPTIONS="--import tsx".',
      )
    }
    return failure('config-broken', `${path} cannot be loaded: ${String(error)}`, 'Mend the file.')
  }
}

function readJson(path: string): Result<unknown> {
  try {
    return { ok: true, value: JSON.parse(readFileSync(path, 'utf8')) }
  } catch (error) {
    return failure('config-broken', `${path} is not JSON: ${String(error)}`, 'Mend the file.')
  }
}

async function parsed(raw: unknown, where: string): Promise<Result<Config>> {
  const [{ config }, { parseWith }] = await Promise.all([
    import('../model/config.ts'),
    import('../model/parse.ts'),
  ])
  return parseWith(config, raw, {
    code: 'config-broken',
    what: `${where} is not a lockstep config`,
    hint: 'Every key is described in docs/configuration.md.',
  })
}
