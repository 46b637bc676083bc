// Sentences that the server writes, with values in them, in another language than English.
const PLACE = /\{(\w+)(:[nwv])?\}/g, LETTERS = /\p{L}{2}/u;
const VALUES = { ":n": String.raw`[−+-]?(?:\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf)%?`, ":w": String.raw`\S+` };
const JOINTS = [/( · )/, /(; )/, /(: )/, /(, )/];
const LONGEST = 1500, DEEPEST = 4, REMEMBERED = 500;
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

// A template as what finds it: its places, its longest fixed part, and the whole once it is asked for.
function compile(template) {
  const places = [...template.matchAll(PLACE)], fixed = template.split(/\{\w+(?::[nwv])?\}/);
  const needle = fixed.reduce((a, b) => (b.length > a.length ? b : a), ""), weight = fixed.join("").length;
  const source = () => fixed.map(literal).reduce((all, part, i) => `${all}(${VALUES[places[i - 1][2]] ?? ".+?"})${part}`);
  return { template, fixed, needle, weight, names: places.map((place) => place[1]), kinds: places.map((place) => place[2]), source };
}

// A function from an English text to what the language says for it, or undefined. `words` is the catalogue of
// sentences, `known` a function that knows texts without places.
export function translator(words, language, known = () => undefined) {
  const templates = Object.keys(words).filter((text) => text.match(PLACE)).map(compile).sort((a, b) => b.weight - a.weight);
  const plural = new Intl.PluralRules(language), remembered = new Map();
  const parse = (value) => Number(value.replace(/,/g, "").replace("−", "-").replace("%", ""));

  // 1,234.50 as the language writes it; exponents stay.
  const number = (value) =>
    value.replace(/\d[\d,]*(?:\.(\d+))?(?!\S*e)/, (digits, decimals = "") => {
      const places = { minimumFractionDigits: decimals.length, maximumFractionDigits: decimals.length };
      return parse(digits).toLocaleString(language, { ...places, useGrouping: digits.includes(",") });
    });

  // The form for a number: that of the first place which is one, unless "of" names another.
  const form = (said, template, values) => {
    if (typeof said === "string") return said;
    const of = said.of ?? template.names[template.kinds.indexOf(":n")];
    return said[plural.select(parse(values[of]))] ?? said.other;
  };

  function fromTemplate(text, depth) {
    for (const template of templates) {
      const { fixed, needle } = template;
      if (!text.startsWith(fixed[0]) || !text.endsWith(fixed.at(-1)) || !text.includes(needle)) continue;
      const found = (template.pattern ??= new RegExp(`^${template.source()}$`, "su")).exec(text);
      if (!found) continue;
      const values = Object.fromEntries(template.names.map((name, i) => [name, found[i + 1]]));
      const inner = (name) => {
        const value = values[name];
        const kind = template.kinds[template.names.indexOf(name)];
        if (kind === ":v") return value; // names that somebody may copy
        return kind === ":n" ? number(value) : say(value, depth + 1) ?? value;
      };
      return form(words[template.template], template, values).replace(PLACE, (_, name) => inner(name));
    }
  }

  // Of several sentences those that are known, the longest run first; if any is.
  function fromSentences(text, depth) {
    const all = text.split(/(?<=[.!?…”]) (?=\S)/), translated = [];
    let any = false;
    for (let i = 0, j; i < all.length; i = j) {
      let said;
      for (j = all.length; j > i && said === undefined; j--)
        if (j - i < all.length) said = whole(all.slice(i, j).join(" "), depth + 1);
      j = said === undefined ? i + 1 : j + 1;
      any ||= said !== undefined;
      translated.push(said ?? all[i]);
    }
    return any ? translated.join(" ") : undefined;
  }

  // A text of several parts, if each that has words is known.
  function fromParts(text, depth) {
    for (const joint of JOINTS) {
      const parts = text.split(joint);
      if (parts.length < 2) continue;
      const said = parts.map((part) => say(part, depth + 1));
      const open = parts.some((part, i) => said[i] === undefined && part.trim().includes(" ") && LETTERS.test(part));
      if (!open && said.some((one) => one !== undefined)) return parts.map((part, i) => said[i] ?? part).join("");
    }
  }

  function whole(text, depth) {
    const own = known(text) ?? (Object.hasOwn(words, text) ? words[text] : undefined);
    return own ?? fromTemplate(text, depth);
  }

  function say(text, depth = 0) {
    if (depth > DEEPEST || !LETTERS.test(text)) return undefined;
    return whole(text, depth) ?? fromSentences(text, depth) ?? fromParts(text, depth);
  }

  // What was said is no English, though "0,5" could be taken for it.
  const spoken = new Set();
  return (text) => {
    if (text.length > LONGEST || spoken.has(text)) return undefined;
    if (!remembered.has(text)) {
      if (remembered.size >= REMEMBERED) for (const one of [remembered, spoken]) one.clear();
      remembered.set(text, say(text));
      spoken.add(remembered.get(text));
    }
    return remembered.get(text);
  };
}
