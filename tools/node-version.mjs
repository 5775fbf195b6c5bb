// Imported first by every command: what follows needs this much, and would fail with less telling words.

const OLDEST = { major: 20, minor: 19 };

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor)) {
  process.stderr.write(
    `Waybill needs Node ${OLDEST.major}.${OLDEST.minor} or later, and this is ${process.versions.node}: install one from https://nodejs.org, or run \`nvm use\`.\n`,
  );
  process.exit(1);
}
