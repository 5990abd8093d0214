"use strict";
// The picture of a run: every sample is a grain that falls through two sieves into the jar of its behaviour.
// What does not pass stays where it is, in the colour of its verdict. Nothing here decides anything: the page tells
// what happened, in order, and the picture catches up.

const GRAVITY = 1500; // pixels, seconds
const DRIFT = 620; // the same for what flies to its jar
const FLIGHT_S = 0.36; // from the funnel to a jar's mouth
const HOP_S = 0.85; // from jar to jar
const PAUSE_S = 0.22; // on a sieve, before a grain falls on
const QUIET_S = 0.4;

class Sieve extends Picture {
  constructor(canvas) {
    super();
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.restyle());
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.frame = (now) => this.step(now);
    this.reset(32, "the model");
    this.restyle();
  }

  reset(total, model, filtering = true) {
    Object.assign(this, { total, model, filtering, grains: [], todo: [], verdicts: new Map(), behaviours: new Map() });
    this.kept = {};
    this.pans = [{ name: "text", grains: [], holes: [], shake: 0 }, { name: "tests", grains: [], holes: [], shake: 0 }];
    this.funnel = { grains: [], holes: [], shake: 0 };
    this.jars = [];
    this.order = null;
    this.speed = 0;
    this.busy = 0;
    this.layout();
    this.wake();
  }

  // -- what happened ---------------------------------------------------------------------------------------------

  drawn(program) { this.tell(() => this.add(program)); }
  judged(program, verdict) { this.tell(() => this.judge(program, verdict)); }
  observed(program, behaviour) { this.tell(() => this.observe(program, behaviour)); }

  // order: behaviours, that of the largest cluster first. Jars stand in it from now on, also those still to come.
  finished(order) {
    this.tell(() => {
      this.order = order;
      this.arrange();
    });
  }

  // Only these programs are still possible: a person said what is right.
  only(programs) {
    this.tell(() => {
      for (const jar of this.jars) for (const grain of jar.grains) grain.out = !programs.has(grain.program);
    });
  }

  tell(action) {
    this.todo.push(action);
    this.wake();
  }

  add(program) {
    const cx = this.width / 2;
    const grain = { program, x: cx + (Math.random() - 0.5) * this.r * 3, y: this.spout + 8, vx: 0, vy: 40, neck: false, colour: "grain", depth: Math.random() - 0.5, since: 0 };
    this.grains.push(grain);
    this.busy = 1;
    this.move(grain, this.pans[0]);
    this.pans[0].shake = Math.min(3, this.pans[0].shake + 1);
    if (program === null) {
      grain.colour = "none";
      this.kept.none = (this.kept.none ?? 0) + 1;
    }
  }

  judge(program, verdict) {
    this.verdicts.set(program, verdict);
    this.pans[1].shake = Math.min(4, this.pans[1].shake + 1.6);
  }

  observe(program, behaviour) {
    this.behaviours.set(program, behaviour);
  }

  // Where a grain belongs by what is known; null where it is there.
  next(grain) {
    const [text, tests] = this.pans;
    if (grain.program === null) return null;
    if (grain.home === text) return tests;
    const verdict = this.verdicts.get(grain.program);
    if (grain.home === tests) {
      if (verdict === undefined) return null;
      // Where no program passes every example, the nearest ones go on.
      if (verdict === "AC" || this.behaviours.has(grain.program)) {
        if (grain.colour !== "grain") this.kept[verdict]--;
        grain.colour = "grain";
        return this.funnel;
      }
      const colour = verdict.toLowerCase();
      if (grain.colour !== colour) {
        grain.colour = COLOURS.includes(colour) ? colour : "none";
        this.kept[verdict] = (this.kept[verdict] ?? 0) + 1;
      }
      return null;
    }
    const behaviour = this.behaviours.get(grain.program);
    if (behaviour === undefined || grain.home.behaviour === behaviour) return null;
    return this.jar(behaviour);
  }

  jar(behaviour) {
    let found = this.jars.find((jar) => jar.behaviour === behaviour);
    if (!found) {
      found = { behaviour, grains: [], holes: [], shake: 0 };
      this.jars.push(found);
      this.arrange();
    }
    return found;
  }

  move(grain, home) {
    const before = grain.home;
    if (before) {
      before.grains.splice(before.grains.indexOf(grain), 1);
      before.holes.push(grain.slot);
      grain.vy = before.behaviour !== undefined ? -DRIFT * 0.42 : Math.max(Math.min(grain.vy, 60), 20);
    }
    grain.home = home;
    grain.since = 0;
    const hole = home.holes.length ? Math.min(...home.holes) : home.grains.length;
    home.holes = home.holes.filter((each) => each !== hole);
    home.grains.push(grain);
    this.put(grain, home, hole);
    grain.neck = false;
    grain.vx = Math.max(160, Math.abs(grain.tx - grain.x) / (before?.behaviour !== undefined ? HOP_S : FLIGHT_S));
  }

  // Out of the funnel it goes by the neck alone; whether the grain is there.
  throughNeck(grain) {
    const { cx, bottom, wBottom } = this.funnel;
    grain.neck = true;
    grain.tx = cx + grain.depth * wBottom * 0.4;
    grain.ty = bottom + 14;
    return grain.y > bottom + 4 && Math.abs(grain.x - cx) < wBottom / 2;
  }

  // -- where things stand ----------------------------------------------------------------------------------------

  resize() {
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * scale);
    this.canvas.height = Math.round(this.canvas.clientHeight * scale);
    this.sprites = null;
    this.layout();
    for (const grain of this.grains) [grain.x, grain.y, grain.vy] = [grain.tx, grain.ty, 0];
    this.draw(performance.now());
    this.wake();
  }

  layout() {
    const width = (this.width = this.canvas.clientWidth || 800), height = (this.height = this.canvas.clientHeight || 560);
    this.narrow = width < 560;
    const wide = (this.wide = Math.min(width * (this.narrow ? 0.5 : 0.46), 520)), cx = width / 2, unit = height / 100;
    this.spout = unit * 11.5;
    const pan = (top, share) => ({ cx, top: unit * top, bottom: unit * (top + 12.5), wTop: wide * share, wBottom: wide * share * 0.82, tilt: unit * 2.6 * share });
    Object.assign(this.pans[0], pan(18, 1));
    Object.assign(this.pans[1], pan(38.5, 0.9));
    Object.assign(this.funnel, { cx, top: unit * 58.5, bottom: unit * 69.5, wTop: wide * 0.62, wBottom: Math.max(26, wide * 0.07), tilt: unit * 1.8 });
    this.floor = height - 36;
    this.jarHeight = unit * 15.5;
    const room = this.pans[1].wBottom * unit * 10.5;
    this.r = Math.max(1.6, Math.min(this.narrow ? 6 : 9, Math.sqrt(room / (Math.max(12, this.total) * 3.5))));
    for (const each of [...this.pans, this.funnel]) {
      each.slots = this.slots(each);
      this.settle(each);
    }
    this.arrange();
  }

  arrange() {
    const most = this.narrow ? 5 : 8, count = Math.max(1, Math.min(most, this.jars.length));
    const gap = this.narrow ? 10 : 22, jw = Math.min(this.narrow ? 74 : 124, (this.width - 32) / count - gap);
    const start = this.width / 2 - ((count - 1) * (jw + gap)) / 2;
    if (this.order) this.jars.sort((a, b) => this.rank(a) - this.rank(b));
    this.jars.forEach((jar, i) => {
      jar.colour = i < 6 ? `c${i + 1}` : "none";
      jar.place = i;
      jar.goal = start + Math.min(i, most - 1) * (jw + gap);
      jar.cx ??= jar.goal;
      jar.wTop = jar.wBottom = jw;
      Object.assign(jar, { top: this.floor - this.jarHeight, bottom: this.floor - 5, tilt: jw * 0.09 });
      jar.slots = this.slots(jar);
      this.settle(jar);
    });
  }

  rank(jar) {
    const place = this.order.indexOf(jar.behaviour);
    return place < 0 ? this.order.length : place;
  }

  // Places for grains, the lowest and the most central ones first, relative to the home's middle.
  slots(home) {
    const found = [], r = this.r, rise = r * 1.74, flat = home.behaviour !== undefined ? 0.05 : 0.35;
    for (let row = 0; found.length < this.total + 8 && row < 400; row++) {
      const y = home.bottom - r - row * rise, part = Math.min(1, Math.max(0, (home.bottom - y) / (home.bottom - home.top)));
      const half = (home.wBottom + (home.wTop - home.wBottom) * part) / 2 - r * 1.3;
      for (let x = row % 2 ? r : 0; x <= half || !x; x += 2 * r) {
        for (const at of x ? [-x, x] : [0]) found.push({ x: at, y, cost: row * rise + x * flat });
      }
    }
    return found.sort((a, b) => a.cost - b.cost);
  }

  // Everyone gets the lowest places. Done when nobody is about to leave, so that a heap does not stir all the time.
  settle(home) {
    home.grains.forEach((grain, i) => this.put(grain, home, i));
    home.holes = [];
  }

  put(grain, home, i) {
    const slot = home.slots[Math.min(i, home.slots.length - 1)];
    grain.slot = i;
    grain.tx = home.cx + slot.x;
    grain.ty = slot.y + (home.behaviour === undefined ? grain.depth * home.tilt * 0.7 : 0);
  }

  // -- time ------------------------------------------------------------------------------------------------------

  wake() {
    if (!this.running && this.width) {
      this.running = true;
      this.last = performance.now();
      requestAnimationFrame(this.frame);
    }
  }

  step(now) {
    const dt = Math.min(0.04, (now - this.last) / 1000);
    this.last = now;
    if (this.still.matches) this.jump();
    else {
      for (let some = 1 + Math.floor(this.todo.length / 45); some > 0 && this.todo.length; some--) this.todo.shift()();
      this.advance(dt);
    }
    this.draw(now);
    this.running = this.moving || this.todo.length > 0;
    if (this.running) requestAnimationFrame(this.frame);
  }

  // Everything at its place at once, for who wants no motion.
  jump() {
    while (this.todo.length) this.todo.shift()();
    for (const grain of [...this.grains]) {
      for (let home = this.next(grain), some = 0; home && some < 5; home = this.next(grain), some++) this.move(grain, home);
    }
    this.prune(new Set());
    for (const jar of this.jars) jar.cx = jar.goal;
    for (const home of [...this.pans, this.funnel, ...this.jars]) {
      home.shake = 0;
      this.settle(home);
    }
    for (const grain of this.grains) [grain.x, grain.y, grain.vy] = [grain.tx, grain.ty, 0];
    this.busy = 0;
    this.moving = false;
  }

  advance(dt) {
    let moving = false;
    for (const jar of this.jars) {
      const way = jar.goal - jar.cx, step = Math.abs(way) > 0.3 ? way * Math.min(1, dt * 7) : way;
      if (!step) continue;
      jar.cx += step;
      for (const grain of jar.grains) {
        grain.x += step;
        grain.tx += step;
      }
      moving = true;
    }
    for (const home of [...this.pans, this.funnel]) {
      home.shake *= Math.exp(-dt * 5);
      if (home.shake < 0.08) home.shake = 0;
      else moving = true;
    }
    this.busy = Math.max(0, this.busy - dt / QUIET_S);
    moving ||= this.busy > 0;
    const leaving = new Set(), wanted = new Set();
    for (const grain of [...this.grains]) {
      const landed = this.fall(grain, dt);
      if (!landed || Math.abs(grain.tx - grain.x) > 1) moving = true;
      const home = this.next(grain);
      if (!home) continue;
      leaving.add(grain.home);
      wanted.add(home);
      moving = true;
      if (grain.home === this.funnel ? this.throughNeck(grain) : landed && (grain.since += dt) > PAUSE_S) this.move(grain, home);
    }
    for (const home of [...this.pans, this.funnel, ...this.jars]) {
      if (home.holes.length && !leaving.has(home)) {
        this.settle(home);
        moving = true;
      }
    }
    this.prune(wanted);
    this.moving = moving;
  }

  // Along the funnel's wall, never through it.
  slide(grain) {
    const { cx, top, bottom, wTop, wBottom } = this.funnel;
    if (grain.y < top) return;
    const part = Math.min(1, (grain.y - top) / (bottom - top));
    const half = Math.max(2, (wTop + (wBottom - wTop) * part) / 2 - this.r);
    if (Math.abs(grain.x - cx) <= half) return;
    grain.x = cx + Math.sign(grain.x - cx) * half;
    if (grain.vy > 150) grain.vy = 150;
  }

  // A later round of inputs tells more programs apart: jars that are left empty go.
  prune(wanted) {
    const left = this.jars.filter((jar) => jar.grains.length || wanted.has(jar));
    if (left.length === this.jars.length) return;
    this.jars = left;
    this.arrange();
  }

  fall(grain, dt) {
    const way = grain.tx - grain.x, above = grain.ty - grain.y, flies = grain.home.behaviour !== undefined;
    if (flies) grain.x += Math.sign(way) * Math.min(Math.abs(way), grain.vx * dt);
    else grain.x += way * Math.min(1, dt * (grain.neck ? 9 : 4.5));
    if (grain.home === this.funnel) this.slide(grain);
    if (above > 0.5 || grain.vy < 0) {
      grain.vy += (flies ? DRIFT : GRAVITY) * dt;
      grain.y += grain.vy * dt;
      if (grain.y >= grain.ty && grain.vy > 0) {
        grain.y = grain.ty;
        grain.vy = grain.vy > 260 ? -grain.vy * 0.22 : 0;
      }
    } else {
      grain.vy = 0;
      grain.y += above * Math.min(1, dt * 10);
    }
    return Math.abs(grain.ty - grain.y) < 1 && grain.vy === 0;
  }
}
