// A Browser is headless Chromium, driven by chromedriver over the WebDriver protocol. It needs no
// package but node's own.

'use strict';

const {spawn} = require('node:child_process');

const kChromiumOptions = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars'];
const kStartMilliseconds = 20000;

class Browser {
  // Both are paths; the driver chooses a free port.
  static async start(chromedriver, chromium) {
    const driver = spawn(chromedriver, ['--port=0'], {stdio: ['ignore', 'pipe', 'ignore']});
    try {
      const browser = new Browser(driver, await portOf(driver));
      await browser.openSession(chromium);
      return browser;
    } catch (error) {
      driver.kill();
      throw error;
    }
  }

  constructor(driver, port) {
    this.driver = driver;
    this.url = `http://127.0.0.1:${port}/session`;
  }

  async openSession(chromium) {
    const capabilities = {
      browserName: 'chrome',
      'goog:chromeOptions': {binary: chromium, args: kChromiumOptions},
      'goog:loggingPrefs': {browser: 'ALL', performance: 'ALL'},
    };
    const session = await this.request('POST', '', {capabilities: {alwaysMatch: capabilities}});
    this.url += `/${session.sessionId}`;
  }

  async request(method, path, body) {
    const options = method === 'POST' ? {method, body: JSON.stringify(body ?? {})} : {method};
    const response = await fetch(this.url + path, options);
    const {value} = await response.json();
    if (value?.error) throw new Error(`${path}: ${value.message}`);
    return value;
  }

  open(url) {
    return this.request('POST', '/url', {url});
  }

  // The value of an expression in the page.
  evaluate(expression) {
    return this.request('POST', '/execute/sync', {script: `return (${expression});`, args: []});
  }

  devtools(cmd, params) {
    return this.request('POST', '/goog/cdp/execute', {cmd, params});
  }

  resize(width, height) {
    return this.devtools('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile: false});
  }

  colourScheme(value) {
    return this.devtools('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value}]});
  }

  press(key) {
    const actions = [{type: 'keyDown', value: key}, {type: 'keyUp', value: key}];
    return this.request('POST', '/actions', {actions: [{type: 'key', id: 'keyboard', actions}]});
  }

  // At the middle of the first element that the selector finds.
  async point(selector, click) {
    const box = await this.evaluate(`(() => { const e = document.querySelector(${JSON.stringify(selector)}); e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`);
    const [x, y] = box.map(Math.round);
    const actions = [{type: 'pointerMove', x, y, duration: 0}];
    if (click) actions.push({type: 'pointerDown', button: 0}, {type: 'pointerUp', button: 0});
    return this.request('POST', '/actions', {actions: [{type: 'pointer', id: 'mouse', parameters: {pointerType: 'mouse'}, actions}]});
  }

  // What the console said, since the last time this was asked.
  async consoleLines() {
    return (await this.request('POST', '/se/log', {type: 'browser'})).map((line) => `${line.level}: ${line.message}`);
  }

  // The addresses that were asked for, since the last time this was asked.
  async requestedUrls() {
    const lines = await this.request('POST', '/se/log', {type: 'performance'});
    return lines.map((line) => JSON.parse(line.message).message)
      .filter((message) => message.method === 'Network.requestWillBeSent')
      .map((message) => message.params.request.url);
  }

  async screenshot(wholePage) {
    const shot = await this.devtools('Page.captureScreenshot', {captureBeyondViewport: wholePage});
    return Buffer.from(shot.data, 'base64');
  }

  async quit() {
    try {
      await this.request('DELETE', '');
    } finally {
      this.driver.kill();
    }
  }
}

function portOf(driver) {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => reject(new Error('chromedriver does not start')), kStartMilliseconds);
    driver.on('error', reject);
    driver.stdout.on('data', (text) => {
      said += text;
      const found = /started successfully on port (\d+)/.exec(said);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1]);
    });
  });
}

module.exports = {Browser};
