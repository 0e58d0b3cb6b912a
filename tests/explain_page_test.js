// Usage: node explain_page_test.js FOLDER CHROMEDRIVER CHROMIUM
// Opens the pages that explain_page_test.sh made, steps through them as people do, and looks at what
// they show.

'use strict';

const assert = require('node:assert/strict');
const {readdirSync} = require('node:fs');
const {pathToFileURL} = require('node:url');
const {Browser} = require('./browser.js');

const kLoadMillisecondsMax = 10000;  // The aim is 2,000; this leaves room for a slow machine.
const kKeys = {left: '\uE012', right: '\uE014', home: '\uE011', end: '\uE010'};

const [folder, chromedriver, chromium] = process.argv.slice(2);

class PageTest {
  constructor(browser) {
    this.browser = browser;
  }

  async open(name, hash = '') {
    await this.browser.open('about:blank');
    await this.browser.consoleLines();
    await this.browser.requestedUrls();
    const url = pathToFileURL(`${folder}/${name}.html`).href;
    await this.browser.open(url + hash);
    await this.stayedQuiet(url);
  }

  // No errors, and nothing but the page itself was asked for.
  async stayedQuiet(url) {
    assert.deepEqual(await this.browser.consoleLines(), []);
    const others = (await this.browser.requestedUrls()).filter((asked) => asked.split('#')[0] !== url);
    assert.deepEqual(others, []);
  }

  text(selector) {
    return this.browser.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`);
  }

  count(selector) {
    return this.browser.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
  }

  // Whether the expression becomes true, soon.
  async becomes(expression) {
    for (let i = 0; i < 40; ++i) {
      if (await this.browser.evaluate(expression)) return true;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  }

  async isAt(step) {
    assert.equal(await this.browser.evaluate('location.hash'), `#step-${step}`);
    assert.equal(await this.count('[aria-current]'), 1);
    assert.equal(await this.browser.evaluate('Number(document.querySelector("[aria-current]").dataset.step)'), step - 1);
  }
}

const tests = {
  async 'every page opens quietly, in both colour schemes and at 800 pixels'(page) {
    for (const [scheme, width] of [['light', 1280], ['dark', 800]]) {
      await page.browser.colourScheme(scheme);
      await page.browser.resize(width, 900);
      for (const file of readdirSync(folder)) {
        await page.open(file.replace(/\.html$/, ''));
        const wide = await page.browser.evaluate('document.documentElement.scrollWidth');
        assert.ok(wide <= width, `${file} is ${wide} pixels wide, not ${width}`);
      }
    }
    await page.browser.resize(1280, 900);
    await page.browser.colourScheme('light');
  },

  async 'keys step through the program'(page) {
    await page.open('agrees', '#step-1');
    await page.isAt(1);
    for (const [key, step] of [[kKeys.right, 2], ['j', 3], [kKeys.left, 2], ['k', 1], ['k', 1], [kKeys.end, 32], [kKeys.right, 32], [kKeys.home, 1]]) {
      await page.browser.press(key);
      await page.isAt(step);
    }
    await page.browser.press('f');
    await page.isAt(1);
  },

  async 'the mouse steps through the program'(page) {
    await page.open('agrees', '#step-3');
    await page.browser.point('#next', true);
    await page.isAt(4);
    await page.browser.point('#previous', true);
    await page.isAt(3);
    await page.browser.point('[data-step="21"]', true);
    await page.isAt(22);
    assert.match(await page.text('#step h2'), /^commit$/);
    await page.browser.evaluate('(() => { const s = document.getElementById("slider"); s.value = 7; s.dispatchEvent(new Event("input")); })()');
    await page.isAt(7);
  },

  async 'a step shows what it did'(page) {
    await page.open('agrees', '#step-10');
    assert.equal(await page.count('.space'), 0);
    assert.match(await page.text('.spaces'), /no address space yet/);
    await page.open('agrees', '#step-23');
    assert.match(await page.text('.tree .changed'), /serial/);
    assert.match(await page.text('#step'), /Listener kvm.*region_add serial 0xfee00000-0xfee00007/);
    assert.match(await page.text('.views'), /ramvgaflash/);
    assert.equal(await page.count('.difference-card'), 0);
    await page.browser.press('j');
    assert.match(await page.text('.refusal'), /Refused \(has-parent\): the region has a container/);
    await page.open('agrees', '#step-29');
    assert.match(await page.text('#step'), /answer ok: /);
  },

  async 'a step shows what lies behind the map'(page) {
    await page.open('iommu_dir_basic', '#step-26');
    assert.match(await page.text('.tree .changed'), /u.*iommu.*10 entries/);
    assert.match(await page.text('.spaces .legend'), /iommu/);
    assert.equal(await page.count('.layers .kind-iommu'), 2);
    await page.open('blocks_dir_resize', '#step-40');
    assert.match(await page.text('#step'), /block of q2: it is 4098 bytes long now/);
    assert.match(await page.text('.tree .changed'), /q2.*resizeable.*block of up to 8 KiB/);
    await page.browser.press('j');
    assert.match(await page.text('#step'), /answer RAM blocks: 3.*block of q at RAM address 0x0/);
    await page.open('map_dir_bounce', '#step-30');
    assert.match(await page.text('#step'), /answer a bounce buffer of 16 bytes/);
  },

  async 'hidden parts are hatched, what is seen is solid, holes are empty'(page) {
    await page.open('agrees', '#step-32');
    const marks = (part) => page.browser.evaluate(`[...document.querySelectorAll('.layers .${part}')].map((bar) => bar.dataset.tip.split(',')[0])`);
    assert.ok((await marks('front')).includes('rom'));
    assert.equal((await marks('front')).filter((name) => name === 'vga').length, 3);
    assert.ok(await page.count('.layers .hatch') > 0);
    assert.equal(await page.count('.views .hole'), 1);
  },

  async 'the mouse and the keyboard tell exact numbers'(page) {
    await page.open('agrees', '#step-23');
    await page.browser.point('.views .front');
    assert.match(await page.text('#tip'), /ram from its offset 0x0\n0x0 \u2013 0x9ffff\n640 KiB/);
    await page.browser.evaluate('document.querySelectorAll(".views .front")[1].focus()');
    assert.match(await page.text('#tip'), /vga from its offset 0x0/);
  },

  async 'a failing page begins at the difference and names it'(page) {
    await page.open('priorities');
    await page.isAt(30);
    const words = 'In memory at 0xa8000-0xa9fff the engine shows vga from its offset 0x8000, dirty log mask 0x1; the reference shows rom from its offset 0x0.';
    assert.ok((await page.text('.difference-card')).includes(words));
    assert.match(await page.text('.space h3'), /engine and reference differ/);
    assert.equal(await page.count('.differing'), 2);
    assert.match(await page.text('.views'), /\u2260/);
    assert.match(await page.text('.views'), /engine.*reference|reference.*engine/);
    assert.match(await page.text('.verdict'), /It shows at operation 30 of 30/);
    await page.browser.press(kKeys.home);
    await page.isAt(1);
    assert.equal(await page.count('.difference-card'), 0);
    await page.browser.press('f');
    await page.isAt(30);
    await page.browser.press(kKeys.home);
    await page.browser.point('#first-difference', true);
    await page.isAt(30);
  },

  async 'missing callbacks stand beside those of the reference'(page) {
    await page.open('nops');
    await page.isAt(23);
    assert.match(await page.text('.difference-card'), /Listener kvm: the reference calls region_nop ram 0x0-0x9ffff from offset 0x0 in memory; the engine does not\./);
    assert.ok(await page.count('.listener tr.differs') >= 12);
    assert.match(await page.text('[data-step="23"]'), /not run/);
  },

  async 'a question beyond the program has both answers'(page) {
    await page.open('translation');
    const [, engine, reference] = (await page.text('.sides')).match(
      /engineram at its offset 0x\w+, for (0x\w+) bytesreferenceram at its offset 0x\w+, for (0x\w+) bytes/);
    assert.equal(Number(reference) - Number(engine), 1);
    assert.equal(await page.count('.probe'), 1);
  },

  async 'a crash is told of, and what was there before is shown'(page) {
    await page.open('crash');
    await page.isAt(32);
    assert.match(await page.text('.headline'), /This operation ends the process/);
    assert.match(await page.text('.difference-card'), /The engine crashed\..*heap-use-after-free in Render.*#0 in Render/s);
    assert.ok(await page.count('.views .front') > 0);
  },

  async 'operands that do not matter are marked'(page) {
    await page.open('priorities');
    assert.equal(await page.text('[data-step="1"] .free'), '0x8000000');
    assert.equal(await page.browser.evaluate('document.getElementById("free-legend").hidden'), false);
    await page.open('agrees');
    assert.equal(await page.browser.evaluate('document.getElementById("free-legend").hidden'), true);
  },

  async 'names are never read as HTML'(page) {
    await page.open('hostile');
    assert.equal(await page.count('img'), 0);
    assert.equal(await page.text('h1'), '<!--<script>');
    assert.match(await page.text('.tree'), /<\/script><img\/src=x>/);
  },

  async 'a thousand operations open in no time'(page) {
    await page.open('thousand');
    const load = await page.browser.evaluate('Math.round(performance.getEntriesByType("navigation")[0].loadEventEnd)');
    const operations = await page.count('[data-step]');
    console.log(`        ${operations} operations: loaded in ${load} ms`);
    assert.ok(operations > 1000);
    assert.ok(load < kLoadMillisecondsMax);
    const inSight = '(() => { const b = document.querySelector("[aria-current]").getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight; })()';
    assert.ok(await page.becomes(inSight), 'the current operation is out of sight');
  },
};

async function main() {
  const browser = await Browser.start(chromedriver, chromium);
  let failures = 0;
  try {
    for (const [name, test] of Object.entries(tests)) {
      try {
        await test(new PageTest(browser));
        console.log(`ok      ${name}`);
      } catch (error) {
        ++failures;
        console.log(`FAILED  ${name}\n${error.stack}`);
      }
    }
  } finally {
    await browser.quit();
  }
  process.exit(failures === 0 ? 0 : 1);
}

main();
