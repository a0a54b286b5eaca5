/** Expressions of several words, or with signs in them, that mean one thing; longest first where they overlap. */
export const EXPRESSIONS: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:ci\s*\/\s*cd|continuous integration|(?:github|gitlab) (?:actions|ci)|jenkins|ci pipelines?|build pipelines?)(?!\w)/g,
    ' ci ',
  ],
  [/\b(?:pull|merge)[ -]?requests?\b|\b[pm]rs?\b(?!\w)/g, ' pullrequest '],
  [/\bchange[ -]?log(?:\.md)?\b/g, ' changelog '],
  [/\bon[ -]call\b/g, ' oncall '],
  [/\bnon[ -]?root\b|\bnot (?:as |run as )?root\b|\bunprivileged\b/g, ' nonroot '],
  [/\bback(?:ed|ing|s)?[ -]ups?\b/g, ' backup '],
  [/\broll(?:ed|ing|s)?[ -]?backs?\b/g, ' rollback '],
  [/\broll(?:ed|ing|s)?[ -]outs?\b/g, ' rollout '],
  [
    /\b(?:log|sign)(?:ged|ging|s)?[ -]?(?:in|on)\b(?= (?:and|or|as|with|flow|page|form|work|test)|\s*$)|\b(?:users?|customers?|you) (?:can |may |could )?(?:log|sign) in\b/g,
    ' login ',
  ],
  [/\breal[ -]time\b/g, ' realtime '],
  [/\bhealth[ -]?(?:checks?|z)\b/g, ' healthcheck '],
  [/\bdata[ -]base\b/g, ' database '],
  [/\benv(?:ironment)?[ -]vars?\b/g, ' environment variable '],
  [/\brate[ -]?limit(?:ing|er|ers|s|ed)?\b|\bthrottl(?:ing|e|ed|es)\b/g, ' ratelimit '],
  [/\bredirects? to https\b/g, ' redirects https '],
  [/\be2e\b|\bend[ -]to[ -]end\b/g, ' endtoend '],
  [/\bp\d{2}(?:\.\d)?\b|\b\d{2}th percentile\b/g, ' percentile '],
  [/\bservice levels? objectives?\b/g, ' slo '],
  [/\bservice levels? indicators?\b/g, ' sli '],
  [/\brecovery time objectives?\b/g, ' rto '],
  [/\brecovery point objectives?\b/g, ' rpo '],
  [/\bdisaster recovery\b/g, ' disasterrecovery '],
  [/\bread replicas?\b/g, ' replica '],
  [/\bcontent security policy\b/g, ' csp '],
  [/\brole[ -]based access control\b/g, ' rbac '],
  [/\bcreate,? (?:\/ ?)?read,? (?:\/ ?)?update,? (?:and )?(?:\/ ?)?delete\b/g, ' crud '],
  [/\bweb ?sockets?\b/g, ' websocket '],
  [/\bstorageclass/g, ' storage class'],
  [/\bgo[ -]?no[ -]?go\b/g, ' readiness '],
];

/** Words that mean the same in the field, by the word that stands for them. Written as people write them. */
export const SAME: Readonly<Record<string, string>> = {
  database: 'db dbs postgres postgresql mysql mariadb rds sql',
  kubernetes: 'k8s kube gke eks aks openshift',
  vulnerability: 'vuln cve',
  image: 'img',
  container: 'docker',
  deployment: 'deploy release rollout go-live golive launch ship',
  configuration: 'config configs setting',
  backup: 'snapshot dump',
  restoration: 'restore recover recovery restorability',
  certificate: 'cert',
  tls: 'ssl',
  application: 'app',
  authentication: 'auth authenticate',
  latency: 'responsiveness',
  time: 'duration',
  usage: 'utilization utilisation consumption',
  memory: 'ram',
  password: 'credential',
  documentation: 'doc docs document',
  metric: 'telemetry',
  alert: 'alarm alerting alertmanager pagerduty',
  rotation: 'rota rotate',
  review: 'approve approval',
  merge: 'integrate',
  drill: 'exercise',
  test: 'rehearse rehearsal',
  repository: 'repo git',
  infrastructure: 'infra platform',
  monitoring: 'observability',
  website: 'site webapp frontend ui',
  cache: 'memcached',
  queue: 'celery sidekiq worker',
  index: 'indexes indices',
  critical: 'severe',
  limit: 'quota budget threshold',
  lag: 'delay',
  scan: 'scanner audit trivy grype snyk',
  domain: 'hostname',
  upload: 'attachment',
};

/** Words that say how far something is rather than what: nearly every item has one, so they tell little apart. */
export const STATUS_WORDS =
  'configured verified checked check verify ensure confirm set setup up created create completed complete done updated ' +
  'update enabled enable deployed defined define applied apply installed install tested validated validate valid ready ' +
  'passing passed pass passes successful successfully succeed success working work works running run runs ' +
  'available exist exists present managed provisioned implemented added add take taken has have in place green ok ' +
  'configure correct correctly properly required production prod all every each new being monitor reviewed put get ' +
  'and or the a an is are be been was were to of for from on at by with via as it its this that our we your their ' +
  'no some if any than e g eg etc applicable per into out both must should will can';

/** Words that turn an item into its opposite, or into other work on the same thing. */
export const TURNING_WORDS =
  'disable disabled remove removed delete deleted skip skipped without drop dropped deprecated stop stopped ' +
  'off ignore ignored revoke revoked unless not never failed fails plan announce order buy invoice train training ' +
  'workshop meeting budget contract renew sell customer marketing press legal design diagram video';
