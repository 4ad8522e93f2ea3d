// Unpacks the Chromium of @sparticuz/chromium, with its libraries and fonts, into the folder named
// by TMPDIR, and prints where the program is. The package unpacks its libraries only where it
// believes to be a function of AWS.
process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';
const { default: chromium } = await import('@sparticuz/chromium');
console.log(await chromium.executablePath());
