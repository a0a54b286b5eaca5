import type { CheckId, ItemId } from '../kernel/ids.ts';
import type { Evidence } from '../kernel/verdict.ts';

/** The words of a binding comment after the probe's name, such as `max=200MB`. */
export type BindingOptions = Readonly<Record<string, string>>;

/** Who or what answers for an item. A check with the option `of=children` stands or falls with its sub-items. */
export type Binding =
  | { readonly kind: 'check'; readonly check: CheckId; readonly options: BindingOptions }
  | { readonly kind: 'person'; readonly role: string; readonly options: BindingOptions };

/** One task of the list. Offsets are UTF-16 indices into `Checklist.text`. */
export interface ChecklistItem {
  /** Made of the headings and the text, so it stays when other items come or go. */
  readonly id: ItemId;
  readonly text: string;
  /** The headings above it, outermost first. */
  readonly section: readonly string[];
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** Of the one character between the brackets. */
  readonly boxOffset: number;
  readonly ticked: boolean;
  /** How many list items it lies in. */
  readonly depth: number;
  readonly parent?: ItemId;
  readonly binding?: Binding;
  readonly place: ItemPlace;
}

/** Where something can be written for an item without touching what is there. */
export interface ItemPlace {
  /** End of the item's own words. */
  readonly textEnd: number;
  /** End of the line after which a line of the item's content can follow. */
  readonly lineEnd: number;
  /** What such a line starts with, so that it belongs to the item. */
  readonly indent: string;
}

export interface SignOffRow {
  readonly role: string;
  /** Where each column's cell can be filled, by lower-case column name; a missing cell is absent. */
  readonly cells: Readonly<Record<string, number>>;
}

/** Something that Holdpoint itself wrote into the document on an earlier rendering. */
export interface OwnBlock {
  readonly start: number;
  readonly end: number;
}

export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Checklist {
  /** The document without its byte order mark. */
  readonly text: string;
  readonly bom: string;
  /** The line ending that new lines get. */
  readonly eol: string;
  readonly items: readonly ChecklistItem[];
  /** All headings in their order, each with those above it. */
  readonly sections: readonly (readonly string[])[];
  readonly signOff: readonly SignOffRow[];
  readonly ownBlocks: readonly OwnBlock[];
  readonly problems: readonly Problem[];
}

/** What is known of one item at the end, or so far. */
export interface Outcome extends Evidence {
  /** As it shall be printed. */
  readonly at?: string;
  readonly by?: string;
  /** Of the evidence or the signature; shortened when printed. */
  readonly hash?: string;
}

export interface SignOff {
  readonly role: string;
  readonly name: string;
  readonly hash: string;
  readonly date: string;
}
