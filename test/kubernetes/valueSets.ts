/** What every installation has to say. */
export const least = {
  database: { url: 'postgres://thaw:p%40ss@db.example.org:5433/thaw' },
  storage: { endpoint: 'http://minio.storage:9000', publicEndpoint: 'https://storage.example.org', accessKeyId: 'thaw', secretAccessKey: 'secret' },
};

const gpu = {
  max: 16,
  gpu: 'nvidia.com/gpu',
  nodeSelector: { pool: 'gpu' },
  tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
  runtimeClassName: 'nvidia',
  stopSeconds: 120,
  priorityClassName: 'training',
  annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
};
const ofEach = <T>(settings: T) => ({ api: settings, web: settings, dispatcher: settings });

/** Secrets that the sets name and the chart does not make, with their keys. */
export const existing = { postgres: { uri: 'postgres://a:b@c/d', 'direct-uri': 'postgres://a:b@e/d' }, s3: { id: 'a', key: 'b' }, given: { auth: 'a'.repeat(32), password: 'p'.repeat(12), token: 't', metrics: 'm'.repeat(16) } };

/** Ways to install the chart. */
export const valueSets: Record<string, object> = {
  'on CPUs': least,
  'on GPUs, with an ingress and metrics': {
    ...least,
    image: { registry: 'registry.example.org/team', tag: '0.1.0-rc.1', digests: { api: `sha256:${'0123456789abcdef'.repeat(4)}` }, pullPolicy: 'Always' },
    imagePullSecrets: ['registry', 'other'],
    workers: { train: gpu, idleSeconds: 300, unschedulableMinutes: 30, launchSeconds: 3600, environment: { THAW_CACHE_GB: 100, TF_CPP_MIN_LOG_LEVEL: '1', TZ: 'Europe/Berlin' } },
    ingress: { enabled: true, className: 'nginx', host: 'thaw.example.org', apiHost: 'api.thaw.example.org', annotations: { 'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600' } },
    metrics: { enabled: true, serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'prometheus' } } },
    config: { SIGN_UP: 'open', QUOTA_ACTIVE_RUNS: 4, QUOTA_STORAGE_BYTES: 1_000_000_000_000, MAIL_FROM: 'thaw@example.org', WEBHOOK_ALLOW_PRIVATE: '10.0.0.0/8' },
    networkPolicy: {
      fromIngress: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }],
      database: { to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [6432] },
    },
  },
  'with a queue of Kueue, on chosen nodes': {
    ...least,
    ...ofEach({ nodeSelector: { pool: 'services' }, tolerations: [{ operator: 'Exists' }], affinity: { nodeAffinity: {} }, priorityClassName: 'services', podAnnotations: { a: 'b' } }),
    workers: { train: { ...gpu, kueueQueue: 'training', cacheClaim: 'thaw-cache' }, import: { standing: 2 }, tasks: { standing: 1 } },
  },
  'with KEDA': { ...least, workers: { launcher: 'keda', keda: { pollingSeconds: 10 }, train: { ...gpu, kueueQueue: 'training' }, import: { standing: 1 } } },
  'with workers that always run': { ...least, workers: { train: { ...gpu, standing: 3 }, import: { standing: 1 }, tasks: { standing: 1 } } },
  'with workers elsewhere': { ...least, workers: { launcher: 'none' }, networkPolicy: { enabled: false }, setup: { data: { enabled: false } }, ...ofEach({ replicas: 1 }), api: { autoscaling: { enabled: false }, replicas: 1 } },
  'with secrets that are there': {
    storage: { endpoint: 'https://s3.eu-central-1.amazonaws.com', region: 'eu-central-1', bucket: 'my-thaw', existingSecret: { name: 's3', accessKeyIdKey: 'id', secretAccessKeyKey: 'key' } },
    database: { existingSecret: { name: 'postgres', urlKey: 'uri', directUrlKey: 'direct-uri' } },
    auth: { existingSecret: { name: 'given', key: 'auth' } },
    administrator: { email: 'root@example.org', existingSecret: { name: 'given', key: 'password' } },
    workers: { token: { existingSecret: { name: 'given', key: 'token' } } },
    metrics: { enabled: true, existingSecret: { name: 'given', key: 'metrics' } },
    configSecret: 'mail',
    publicUrl: 'https://thaw.example.org/',
    setup: { data: { weightsClaim: 'weights', environment: { THAW_RESNET18_WEIGHTS: '/weights/resnet18.pth', HTTPS_PROXY: 'http://proxy:3128' } } },
  },
  'under another name, behind a pooler': { ...least, fullnameOverride: 'vision', database: { url: 'postgres://a:b@pooler:6432/d', directUrl: 'postgres://a:b@db/d' } },
};
