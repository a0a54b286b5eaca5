// The build replaces these names; running from source leaves them undeclared, which only typeof survives.
declare const __VERSION__: string;
declare const __SCHEMA__: number;

export const VERSION: string = typeof __VERSION__ === 'undefined' ? '0.0.0-source' : __VERSION__;

/** The migration that this version's code needs. */
export const SCHEMA: number = typeof __SCHEMA__ === 'undefined' ? 4 : __SCHEMA__;
