type Child = Node | string | null | undefined | false;
type Handlers = {
  [E in keyof HTMLElementEventMap as `on${E}`]?: (event: HTMLElementEventMap[E]) => void;
};
type Attributes = { [name: string]: string | number | boolean | null | undefined } | null;

/**
 * Makes an element. Attributes that are `null`, `undefined` or `false` are left
 * out; text becomes text, never markup.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes?: Attributes,
  children?: Child | Child[],
  handlers?: Handlers,
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  assign(element, attributes, children);
  for (const [name, handler] of Object.entries(handlers ?? {})) {
    element.addEventListener(name.slice(2), handler as EventListener);
  }
  return element;
}

/** Makes an element of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes?: Attributes,
  children?: Child | Child[],
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(element, attributes, children);
  return element;
}

function assign(
  element: Element,
  attributes: Attributes | undefined,
  children: Child | Child[] | undefined,
): void {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  const list = Array.isArray(children) ? children : [children];
  element.append(...list.filter((child): child is Node | string => Boolean(child)));
}
