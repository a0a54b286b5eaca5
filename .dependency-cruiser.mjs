// Which way imports may run. Every rule has its reason in `comment`, which is printed when it is broken.

const TEST = String.raw`\.(test|fixture|contract)\.ts$|/fixtures/|/contract\.ts$|sample-system\.ts$`;
const ROOMS = 'checklist|checks|targets|backup|migrate|smoke|verify|watch|notify|rehearsal|rollback|signoff';

/** The files through which rooms may meet: ports, their settings, and the words both sides use. */
const PORTS = [
  'backup/backup.ts',
  'checklist/model.ts',
  'checks/check.ts',
  'checks/catalog/probe.ts',
  'checks/series.ts',
  'checks/settings.ts',
  'checks/verdicts.ts',
  'migrate/commands.ts',
  'migrate/migrations.ts',
  'migrate/settings.ts',
  'rehearsal/rehearsal.ts',
  'rehearsal/settings.ts',
  'smoke/journey.ts',
  'smoke/report.ts',
  'targets/target.ts',
  'watch/block.ts',
].map((path) => `^holdpoint/src/${path.replaceAll('.', String.raw`\.`)}$`);

/** What computes only: whole rooms, and single files of others. */
const PURE = [
  '^holdpoint/src/(kernel|checklist|report)/',
  '^holdpoint/src/(watch/gate|checks/catalog)/',
  String.raw`^holdpoint/src/[^/]+/((process|compose|edge)/)?(service-)?settings\.ts$`,
  String.raw`^holdpoint/src/checks/(catalog|verdicts|series)\.ts$`,
  String.raw`^holdpoint/src/rollback/(decide|plan)\.ts$`,
  String.raw`^holdpoint/src/signoff/rules\.ts$`,
  String.raw`^holdpoint/src/backup/(retention|set/manifest)\.ts$`,
  String.raw`^holdpoint/src/system/docker/(commands|facts)\.ts$`,
  String.raw`^holdpoint/src/targets/(target|rolling/steps)\.ts$`,
  String.raw`^holdpoint/src/targets/(edge/upstreams|process/(variables|labels)|compose/model/.*)\.ts$`,
  String.raw`^holdpoint/src/watch/(block|budget|confidence|counters|declared|history|lifecycle|objective|terms|words|words-measured|words-numbers|sources/(selector|settings|access-log/line))\.ts$`,
  String.raw`^holdpoint/src/release/(agenda|events|evidence-key|fold|phase-names|state|synthetic-words|way-back-words)\.ts$`,
  String.raw`^holdpoint/src/release/log/(chain|log)\.ts$`,
];
const OUTSIDE =
  '^(node:)?(fs|fs/promises|http|http2|https|net|tls|dns|dns/promises|dgram|child_process|os|sqlite|worker_threads|timers|timers/promises|readline|readline/promises)$';

const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

export default {
  forbidden: [
    rule(
      'kernel-stands-alone',
      'Every room speaks the words of the kernel; a kernel that knew a room could not be read, tested or moved alone.',
      { path: '^holdpoint/src/kernel/' },
      { path: '^(holdpoint|toolboxai|scripts|e2e)/', pathNot: '^holdpoint/src/kernel/' },
    ),
    rule(
      'system-knows-only-the-kernel',
      'The doors to the outside serve whoever asks; they must not know what a release or a check is.',
      { path: '^holdpoint/src/system/' },
      { path: '^(holdpoint|toolboxai|scripts|e2e)/', pathNot: '^holdpoint/src/(kernel|system)/' },
    ),
    rule(
      'rooms-meet-through-ports',
      'A room can be replaced, or understood alone, only while the others know its port and nothing behind it.',
      { path: `^holdpoint/src/(${ROOMS})/`, pathNot: TEST },
      {
        path: '^(holdpoint|toolboxai|scripts|e2e)/',
        pathNot: ['^holdpoint/src/(kernel|system|$1)/', ...PORTS],
      },
    ),
    rule(
      'release-knows-no-view',
      'A run is its log. Reports and commands are views of it, and a run must not depend on who looks.',
      { path: '^holdpoint/src/release/', pathNot: TEST },
      {
        path: '^(holdpoint|toolboxai|scripts|e2e)/',
        pathNot: `^holdpoint/src/(kernel|system|release|${ROOMS})/`,
      },
    ),
    rule(
      'report-reads-state-only',
      'A report is computed from the state of a run, the checklist, and what the gate makes of the recorded blocks; with more it could tell what the log does not hold.',
      { path: '^holdpoint/src/report/', pathNot: TEST },
      {
        path: '^(holdpoint|toolboxai|scripts|e2e)/',
        pathNot: String.raw`^holdpoint/src/((kernel|report|checklist)/|(release/(agenda|events|evidence-key|phase-names|state|synthetic-words|way-back-words)|rollback/plan|watch/(block|budget|confidence|declared|history|objective|terms|words|words-measured|words-numbers))\.ts$|watch/gate/)`,
      },
    ),
    rule(
      'cli-does-not-wire',
      'Commands get their rooms handed in, so that they are tested without a machine and --help loads next to nothing.',
      { path: '^holdpoint/src/cli/' },
      { path: String.raw`^holdpoint/src/(wire|main)\.ts$|^(toolboxai|scripts|e2e)/` },
    ),
    rule(
      'only-entry-points-wire',
      'Rooms are put together in one place; who imports that place depends on everything.',
      { pathNot: String.raw`^holdpoint/src/main\.ts$|^(scripts|e2e)/|^holdpoint/(bench|test)/` },
      { path: String.raw`^holdpoint/src/wire\.ts$` },
    ),
    rule(
      'the-command-is-the-outermost',
      'Nothing that a release needs may depend on the command line.',
      { path: '^holdpoint/src/', pathNot: String.raw`^holdpoint/src/(cli/|main\.ts$)` },
      { path: String.raw`^holdpoint/src/(cli/|main\.ts$)` },
    ),
    rule(
      'toolboxai-is-a-stranger-to-us',
      'What is deployed is known through its files and HTTP only; else Holdpoint would fit no other system.',
      { pathNot: '^toolboxai/' },
      { path: '^toolboxai/' },
    ),
    rule(
      'we-are-strangers-to-toolboxai',
      'The example has to be an ordinary system; with our code in it, it would prove nothing.',
      { path: '^toolboxai/' },
      { path: '^(holdpoint|scripts|e2e)/' },
    ),
    rule(
      'one-door-for-processes',
      'A child process that nobody counts outlives its run: all are started where groups, limits and logs are kept.',
      { path: '^holdpoint/src/', pathNot: [TEST, '^holdpoint/src/system/exec/'] },
      { path: '^(node:)?child_process$' },
    ),
    rule(
      'pure-touches-nothing',
      'What decides is tested with values alone: no disk, no network, no process, no clock of its own.',
      { path: PURE, pathNot: TEST },
      { path: OUTSIDE },
    ),
    rule(
      'pure-knows-only-the-pure',
      'A pure file that imports an effect is no longer pure. Types are erased, and may come from anywhere nearer the core.',
      { path: PURE, pathNot: TEST },
      { path: '^holdpoint/src/', pathNot: PURE, dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'no-test-code-in-the-product',
      'Fixtures know how to lie; nothing that runs in production may reach them.',
      { path: '^(holdpoint/src|toolboxai)/', pathNot: [TEST, '^toolboxai/test-rig/'] },
      { path: [TEST, '^toolboxai/test-rig/', '^holdpoint/test/'] },
    ),
    rule(
      'no-cycles',
      'Files in a circle can only be read, tested and moved together: they are one file with several names.',
      {},
      { circular: true },
    ),
    rule(
      'packages-are-declared',
      'What package.json does not name is there by chance, and gone with the next install.',
      { path: '^(holdpoint|toolboxai|scripts|e2e)/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    // `mdast` is a package of types alone, which the resolver does not look for under @types.
    rule(
      'imports-resolve',
      'An import that leads nowhere would hide every rule behind it.',
      {},
      { couldNotResolve: true, pathNot: '^mdast$' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(holdpoint/dist|toolboxai/releases)/' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
