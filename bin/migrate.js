#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

// V8 would begin to optimize the parser's WebAssembly at once, on the threads that load the rest: for a command that
// runs for a tenth of a second that costs a fifth of it, and saves nothing (npm run bench:lint).
setFlagsFromString('--wasm-tiering-budget=100000000')
await import('../dist/command/main.js')
