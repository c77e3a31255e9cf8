// Completes package-lock.json after `npm install --package-lock-only`: a registry mirror may lack the binaries of other platforms, npm then leaves them
// out of the lock file, and `npm ci` refuses a lock file in which optional packages are missing. Their version is fixed by the package that asks for
// them, and what they run on stands in their names; with both written down `npm ci` passes them over on other platforms. No hash is invented.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'];

const path = 'package-lock.json';
const lock = JSON.parse(readFileSync(path, 'utf8'));
const added = [];
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || Object.keys(lock.packages).some((other) => other.endsWith(`/${key}`))) continue;
    const words = name.split(/[/-]/);
    const os = SYSTEMS.filter((system) => words.includes(system));
    const cpu = PROCESSORS.filter((processor) => words.includes(processor));
    const isMac = name === 'fsevents';
    if (!isMac && (os.length !== 1 || cpu.length !== 1) && !words.includes('wasm32'))
      throw new Error(`${name}: its platform cannot be read off its name`);
    if (!/^\d+\.\d+\.\d+$/.test(version) && !isMac) throw new Error(`${name}: ${version} is no exact version`);
    const libc = words.some((word) => word.startsWith('gnu')) ? ['glibc'] : words.some((word) => word.startsWith('musl')) ? ['musl'] : undefined;
    lock.packages[key] = {
      version: version.replace(/^[~^]/, ''),
      ...(cpu.length > 0 && { cpu }),
      dev: true,
      ...(os[0] === 'linux' && libc && { libc }),
      optional: true,
      ...((isMac || os.length > 0) && { os: isMac ? ['darwin'] : os }),
    };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} packages of other platforms added to ${path}`);
