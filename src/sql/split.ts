/**
 * A text cut into the pieces that hold one statement each, by tokens alone, so that a syntax error in one does not hide
 * the others. Semicolons inside BEGIN ATOMIC bodies and the parentheses of CREATE RULE end nothing; in any other
 * parentheses they do, for then one was never closed.
 */
import type { Span } from '../model/position.ts'
import { type Scanner, type TokenKind, scannerOf } from './token.ts'

/** `span`: first token to last, without the semicolon. `refused`: why it is not given to the parser. */
export interface Piece {
  readonly span: Span
  readonly refused: Refusal | null
}

interface Refusal {
  readonly code: 'psql-command' | 'copy-data' | 'syntax-error'
  /** The psql command's name, with its backslash; what is wrong with the text. */
  readonly what: string
  readonly span: Span
}

interface State {
  start: number
  end: number
  words: number
  parentheses: number
  /** BEGIN ATOMIC, and each CASE in it, until its END. */
  bodies: number
  isRoutine: boolean
  isRule: boolean
  isCopy: boolean
  previousWord: string
  copiesFromStdin: boolean
  refused: Refusal | null
}

function fresh(): State {
  return {
    start: -1,
    end: -1,
    words: 0,
    parentheses: 0,
    bodies: 0,
    isRoutine: false,
    isRule: false,
    isCopy: false,
    previousWord: '',
    copiesFromStdin: false,
    refused: null,
  }
}

export function split(text: string, from = 0, to = text.length): Piece[] {
  const nested = splitBy(text, from, to, true)
  if (nested.unclosedFrom === null) return nested.pieces
  // What is never closed would swallow all statements behind it: there, every semicolon counts.
  const flat = splitBy(text, nested.unclosedFrom, to, false)
  return [...nested.pieces, ...flat.pieces]
}

interface Splitting {
  readonly pieces: Piece[]
  /** Where a piece begins that ends with the text, inside of a body or a rule's parentheses. */
  readonly unclosedFrom: number | null
}

function splitBy(text: string, from: number, to: number, nests: boolean): Splitting {
  const scanner = scannerOf(text, from, to)
  const pieces: Piece[] = []
  let state = fresh()
  const close = () => {
    if (state.start >= 0) pieces.push(pieceOf(state))
    state = fresh()
  }
  for (let kind = scanner.next(); kind !== null; kind = scanner.next()) {
    if (kind === 'comment') continue
    if (kind === 'punctuation' && isEnd(state, text.charCodeAt(scanner.start), nests)) {
      const data = state.copiesFromStdin ? copyDataEnd(text, scanner.end, to) : scanner.end
      scanner.jump(data)
      close()
      continue
    }
    if (state.start < 0) state.start = scanner.start
    state.end = scanner.end
    if (kind === 'backslash') {
      if (readPsqlCommand(state, text, scanner, to)) close()
    } else if (kind === 'unterminated' || kind === 'invalid') refuseBroken(state, text, scanner, kind)
    else if (kind === 'word' && wantsWords(state)) readWord(state, text.slice(scanner.start, scanner.end))
  }
  if (nests && isNested(state)) return { pieces, unclosedFrom: state.start }
  close()
  return { pieces, unclosedFrom: null }
}

function pieceOf(state: State): Piece {
  const span = { start: state.start, end: state.end }
  const copyData: Refusal | null = state.copiesFromStdin ? { code: 'copy-data', what: '', span } : null
  return { span, refused: state.refused ?? copyData }
}

/** Within what may hold semicolons of its own. */
function isNested(state: State): boolean {
  return state.bodies > 0 || (state.isRule && state.parentheses > 0)
}

/** Counts parentheses; true for a semicolon that ends the statement. */
function isEnd(state: State, code: number, nests: boolean): boolean {
  if (code === 40) state.parentheses++
  else if (code === 41) state.parentheses = Math.max(0, state.parentheses - 1)
  else if (code === 59) {
    return !(nests && isNested(state))
  }
  return false
}

/** Long lists of values have words in plenty: only the first few, and those of routines and COPY, matter. */
function wantsWords(state: State): boolean {
  return state.words < 5 || state.isRoutine || state.isCopy
}

function readWord(state: State, written: string): void {
  const word = written.toLowerCase()
  state.words++
  if (state.words === 1) state.isCopy = word === 'copy'
  if (state.words <= 4 && (word === 'function' || word === 'procedure')) state.isRoutine = true
  if (state.words <= 4 && word === 'rule') state.isRule = true
  if (state.isCopy && state.parentheses === 0 && word === 'stdin' && state.previousWord === 'from') {
    state.copiesFromStdin = true
  }
  if (state.isRoutine && state.parentheses === 0) {
    if (word === 'atomic' && state.previousWord === 'begin') state.bodies++
    else if (word === 'case' && state.bodies > 0) state.bodies++
    else if (word === 'end' && state.bodies > 0) state.bodies--
  }
  state.previousWord = word
}

/** Commands that send the statement before them, as a semicolon would. */
const sendingCommands = ['\\g', '\\gx', '\\gset', '\\gexec', '\\gdesc', '\\crosstabview', '\\watch', '\\bind']

/** A command goes on to the end of its line. True when it ends the statement it stands in, or is alone. */
function readPsqlCommand(state: State, text: string, scanner: Scanner, to: number): boolean {
  const { start } = scanner
  const isAlone = state.start === start
  let lineEnd = start
  while (lineEnd < to && text.charCodeAt(lineEnd) !== 10 && text.charCodeAt(lineEnd) !== 13) lineEnd++
  const line = text.slice(start, lineEnd).trimEnd()
  const what = commandName(line)
  state.end = start + line.length
  state.refused ??= { code: 'psql-command', what, span: { start, end: state.end } }
  scanner.jump(lineEnd)
  return isAlone || sendingCommands.includes(what)
}

/** `\d`, `\copy`, `\!`, `\.`: letters and underscores, or one other character. */
function commandName(line: string): string {
  let end = 1
  while (end < line.length && isNameCharacter(line.charCodeAt(end))) end++
  return line.slice(0, Math.max(end, Math.min(2, line.length)))
}

function isNameCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95
}

function refuseBroken(state: State, text: string, scanner: Scanner, kind: TokenKind): void {
  const { start, end } = scanner
  // Of other characters that SQL does not know the parser itself speaks best; but C takes U+0000 for the end of the text.
  if (kind === 'invalid' && text.charCodeAt(start) !== 0) return
  const what = kind === 'invalid' ? 'the character U+0000' : unterminated(text.slice(start, start + 2))
  state.refused ??= { code: 'syntax-error', what, span: { start, end: kind === 'invalid' ? end : start + 1 } }
}

function unterminated(beginning: string): string {
  if (beginning.startsWith('/*')) return 'an unterminated /* comment'
  if (beginning.startsWith('$')) return 'an unterminated dollar-quoted string'
  return beginning.startsWith('"') ? 'an unterminated quoted identifier' : 'an unterminated quoted string'
}

/** Rows begin on the next line and end with a line `\.`, or never. */
function copyDataEnd(text: string, from: number, to: number): number {
  let line = text.indexOf('\n', from) + 1
  while (line > 0 && line < to) {
    const next = text.indexOf('\n', line)
    const end = next < 0 || next > to ? to : next
    if (text.slice(line, Math.min(end, line + 4)).trimEnd() === '\\.') return end
    line = next + 1
  }
  return to
}
