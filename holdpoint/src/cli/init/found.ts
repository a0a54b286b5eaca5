export interface FoundService {
  readonly name: string;
  readonly command?: readonly string[];
  readonly port?: number;
  /** The file that tells of it. */
  readonly source: string;
}

/** What a folder tells about the system in it; paths are relative to the folder. */
export interface Found {
  readonly compose: readonly string[];
  readonly manifests: readonly string[];
  readonly dockerfiles: readonly string[];
  readonly packages: readonly string[];
  readonly migrations: readonly string[];
  readonly journeys: readonly string[];
  readonly checklist?: string;
  readonly services: readonly FoundService[];
  /** Services of the compose files that are ready-made: the database, the reverse proxy. */
  readonly postgres?: string;
  readonly nginx?: string;
}
