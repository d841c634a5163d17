import { EventEmitter } from 'node:events'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WireTap } from './wire-tap.ts'
import { tapWire } from './wire-tap.ts'

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5)
  header.write(type, 'latin1')
  header.writeUInt32BE(4 + body.length, 1)
  return Buffer.concat([header, body])
}

function tag(text: string): Buffer {
  return message('C', Buffer.from(`${text}\0`))
}

function errorMessage(severity: string, code: string, text: string): Buffer {
  return message('E', Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`))
}

/** What the tap makes of a stream that arrives cut at these places. */
function heard(stream: Buffer, cuts: readonly number[]): WireTap {
  const socket = new EventEmitter()
  const tap = tapWire(socket)
  const places = [...new Set([0, ...cuts.map((cut) => cut % stream.length), stream.length])].sort(
    (a, b) => a - b,
  )
  for (const [index, place] of places.entries()) {
    if (index > 0) socket.emit('data', stream.subarray(places[index - 1], place))
  }
  return tap
}

const stream = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('T', Buffer.from('a row description with a C and an E in it')),
  message('D', Buffer.alloc(300, 'C')),
  tag('SELECT 300'),
  errorMessage('ERROR', '42P01', 'not the last word'),
  tag('UPDATE 7'),
  tag('COMMIT'),
  message('Z', Buffer.from('I')),
  errorMessage('FATAL', '57P01', 'terminating connection due to administrator command'),
])

describe('tapWire', () => {
  it('hears the same however the network cuts the stream', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 40 }), (cuts) => {
        const tap = heard(stream, cuts)
        expect(tap.rowsAffected()).toBe(7)
        expect(tap.fatalError()).toMatchObject({
          message: 'terminating connection due to administrator command',
          sqlstate: '57P01',
          severity: 'FATAL',
          connectionLost: true,
        })
      }),
    )
  })

  it('hears it byte by byte', () => {
    const tap = heard(stream, Array.from(stream.keys()))
    expect(tap.rowsAffected()).toBe(7)
    expect(tap.fatalError()?.sqlstate).toBe('57P01')
  })

  it.each([
    ['INSERT 0 5', 5],
    ['DELETE 0', 0],
    ['COPY 12', 12],
    ['CREATE INDEX', 0],
    ['ALTER TABLE', 0],
  ])('%s: %i rows', (text, rows) => {
    expect(heard(tag(text), []).rowsAffected()).toBe(rows)
  })

  it('forgets the rows of the message before', () => {
    const tap = heard(tag('UPDATE 3'), [])
    tap.forget()
    expect(tap.rowsAffected()).toBe(0)
  })

  it('takes no error for the last word but a fatal one', () => {
    expect(heard(errorMessage('ERROR', '23505', 'duplicate'), []).fatalError()).toBeNull()
  })
})
