/** Whether a YAML file describes workloads of Kubernetes; by its words, since charts are no valid YAML before rendering. */
export function isManifest(text: string): boolean {
  return (
    /^apiVersion:\s*\S/m.test(text) &&
    /^kind:\s*["']?(?:Deployment|StatefulSet|DaemonSet|Rollout)\b/m.test(text)
  );
}
