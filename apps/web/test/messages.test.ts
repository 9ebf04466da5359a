import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { messages } from '../src/i18n/messages.ts';

/** The texts of the dashboard: in every language the same ones, with the same values in them, and none that is used nowhere. */
const web = path.resolve(import.meta.dirname, '..');
type Tree = { [key: string]: string | Tree };

const texts = (tree: Tree, prefix = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]): [string, string][] => (typeof value === 'string' ? [[prefix + key, value]] : texts(value, `${prefix}${key}.`)));
const english = new Map(texts(messages.en));
const chinese = new Map(texts(messages['zh-CN']));

/** Names of values: `{name}` and `{name, plural, ...}`, but not the words of a plural's cases. */
const valuesOf = (text: string): string[] => [...new Set([...text.matchAll(/(?<!\b(?:zero|one|two|few|many|other|=\d+) )\{\s*([A-Za-z]\w*)\s*[,}]/g)].map(([, name]) => name ?? ''))].sort();

describe('texts', () => {
  it('are there in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('have the same values in both languages', () => {
    for (const [key, text] of english) expect([key, valuesOf(chinese.get(key) ?? '')]).toEqual([key, valuesOf(text)]);
  });

  it('are translated', () => {
    // Names that are the same everywhere.
    const same = new Set(['Thaw', 'F1', 'safetensors', 'PyTorch', 'ONNX', 'GitHub']);
    const untranslated = [...english].filter(([key, text]) => !same.has(text) && chinese.get(key) === text).map(([key]) => key);
    expect(untranslated).toEqual([]);
  });

  it('are used, each of them', () => {
    const used = sources(path.join(web, 'src')).flatMap(usedKeys);
    const isUsed = (key: string): boolean => used.some((pattern) => pattern.test(key));
    expect([...english.keys()].filter((key) => !isUsed(key))).toEqual([]);
  });
});

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? sources(file) : /\.tsx?$/.test(entry.name) ? [file] : [];
  });
}

/**
 * The keys that a file asks for, as patterns: of `const t = useTranslations('a')` and `t('b.c')` the key `a.b.c`; what stands in a
 * template, or is chosen where it runs, may be anything.
 */
function usedKeys(file: string): RegExp[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const namespaces = new Map<string, string>();
  const used: RegExp[] = [];
  const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = (node: ts.Expression | undefined): string => {
    if (node === undefined) return '.+';
    if (ts.isStringLiteralLike(node)) return literal(node.text);
    if (ts.isTemplateExpression(node)) return literal(node.head.text) + node.templateSpans.map(({ literal: after }) => `[^.]+${literal(after.text)}`).join('');
    if (ts.isConditionalExpression(node)) return `(${pattern(node.whenTrue)}|${pattern(node.whenFalse)})`;
    return '.+';
  };
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined) {
      const call = ts.isAwaitExpression(node.initializer) ? node.initializer.expression : node.initializer;
      if (ts.isCallExpression(call) && ts.isIdentifier(call.expression) && /^(use|get)Translations$/.test(call.expression.text)) {
        const [namespace] = call.arguments;
        if (namespace !== undefined && ts.isStringLiteral(namespace)) namespaces.set(node.name.text, namespace.text);
      }
    }
    if (ts.isCallExpression(node)) {
      const of = ts.isPropertyAccessExpression(node.expression) ? node.expression.expression : node.expression;
      const namespace = ts.isIdentifier(of) ? namespaces.get(of.text) : undefined;
      if (namespace !== undefined) used.push(new RegExp(`^${literal(namespace)}\\.${pattern(node.arguments[0])}$`));
      // Handed on as it is: all of its texts may be asked for.
      for (const argument of node.arguments) {
        const handed = ts.isIdentifier(argument) ? namespaces.get(argument.text) : undefined;
        if (handed !== undefined) used.push(new RegExp(`^${literal(handed)}\\.`));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return used;
}
