/**
 * A strict reader of the XML that tests are given to judge: one root, elements closed in order, attributes quoted, no
 * character or entity beyond XML 1.0 (https://www.w3.org/TR/xml/). Throws at the first thing that is not well-formed.
 */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

export function readXml(xml: string): XmlElement {
  const bad = Array.from(xml).find(
    (character) => !/[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(character),
  )
  if (bad !== undefined) throw new Error(`XML cannot hold U+${bad.codePointAt(0)?.toString(16)}`)
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
  if (!xml.startsWith(declaration)) throw new Error('no XML declaration')
  const reader = { xml: xml.trimEnd(), at: declaration.length }
  const root = readElement(reader)
  if (reader.at !== reader.xml.length) throw new Error(`something stands behind the root: ${reader.at}`)
  return root
}

interface Reader {
  readonly xml: string
  at: number
}

function readElement(reader: Reader): XmlElement {
  const [open, name = '', written = '', empty = ''] = take(reader, /<([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/y)
  const attributes: Record<string, string> = {}
  for (const [, key = '', value = ''] of written.matchAll(/ ([a-z]+)="([^"<]*)"/g)) {
    if (key in attributes) throw new Error(`${open} has ${key} twice`)
    // 3.3.3: a line break as it stands is read as a blank.
    attributes[key] = unescaped(value.replaceAll(/[\n\t\r]/g, ' '))
  }
  if (empty === '/') return { name, attributes, children: [], text: '' }
  const children: XmlElement[] = []
  let text = ''
  for (;;) {
    const [plain = ''] = take(reader, /[^<]*/y)
    text += unescaped(plain)
    if (reader.xml.startsWith('</', reader.at)) break
    children.push(readElement(reader))
  }
  const [, closed] = take(reader, /<\/([a-z-]+)>/y)
  if (closed !== name) throw new Error(`<${name}> is closed by </${closed}>`)
  return { name, attributes, children, text }
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.xml)
  if (found === null) throw new Error(`not well-formed: ${reader.xml.slice(reader.at, reader.at + 80)}`)
  reader.at += found[0].length
  return found
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replaceAll(/&([^;]*);?/g, (whole, name: string) => {
    const known = name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : entities[name]
    if (known === undefined || !whole.endsWith(';')) throw new Error(`no entity of XML: ${whole}`)
    return known
  })
}
