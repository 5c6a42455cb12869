// The timeline: a row for each class, a bar for each minute; dragging chooses a time. No library, one SVG.
export default {
  template: `
    <div class="timeline" ref="root">
      <svg :viewBox="'0 0 ' + width + ' ' + height" :height="height" width="100%" aria-hidden="true"
           @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="from = null">
        <g v-for="(row, i) in rows" :key="row.name">
          <line :x1="left" :x2="width" :y1="base(i)" :y2="base(i)" class="rule" />
          <text x="0" :y="base(i) - 6" :class="{ faded: row.faded }">{{ row.label }}</text>
          <path :d="bars(row, i)" :class="{ faded: row.faded }" />
        </g>
        <g v-for="tick in ticks" :key="tick[0]">
          <line :x1="x(tick[0])" :x2="x(tick[0])" y1="0" :y2="floor + 4" class="tick" />
          <text :x="Math.min(x(tick[0]), width - 18)" :y="floor + 17" text-anchor="middle" class="hour">{{ tick[1] }}</text>
        </g>
        <rect v-if="shown" :x="x(shown[0])" :width="Math.max(2, x(shown[1]) - x(shown[0]))" y="0" :height="floor" class="chosen" />
        <path v-if="moment !== null" :d="'M' + (x(moment) - 6) + ' -8h12l-6 8z'" class="moment" />
        <line v-if="over !== null" :x1="over" :x2="over" y1="0" :y2="floor" class="over" />
      </svg>
    </div>`,
  props: { rows: Array, minutes: Number, ticks: Array, selection: Array, moment: { default: null }, choosable: Boolean },
  emits: ["pick"],
  data: () => ({ width: 900, left: 96, row: 26, from: null, to: null, over: null }),
  computed: {
    floor() { return Math.max(1, this.rows.length) * this.row; },
    height() { return this.floor + 22; },
    peak() { return Math.max(1, ...this.rows.map((row) => row.counts.reduce((a, b) => Math.max(a, b), 0))); },
    shown() { return this.from === null ? this.selection : [Math.min(this.from, this.to), Math.max(this.from, this.to)]; },
  },
  mounted() {
    this.watcher = new ResizeObserver(() => (this.width = Math.max(300, this.$refs.root.clientWidth)));
    this.watcher.observe(this.$refs.root);
  },
  unmounted() { this.watcher.disconnect(); },
  methods: {
    x(minute) { return this.left + (minute / this.minutes) * (this.width - this.left); },
    base(i) { return (i + 1) * this.row; },
    minute(event) {
      const box = this.$refs.root.getBoundingClientRect();
      const share = (event.clientX - box.left - this.left) / (box.width - this.left);
      return Math.round(Math.min(1, Math.max(0, share)) * this.minutes);
    },
    bars(row, i) {
      const columns = Math.max(1, Math.floor((this.width - this.left) / 2));
      const each = Math.max(1, this.minutes / columns);
      const wide = ((this.width - this.left) / this.minutes) * each;
      let path = "";
      for (let at = 0; at < this.minutes; at += each) {
        let most = 0;
        for (let m = Math.floor(at); m < Math.min(this.minutes, Math.floor(at + each)); m++) most = Math.max(most, row.counts[m]);
        if (!most) continue;
        const high = Math.max(2, Math.sqrt(most / this.peak) * (this.row - 5)); // a single one is to be seen, too
        path += `M${this.x(at).toFixed(1)} ${this.base(i)}v-${high.toFixed(1)}h${Math.max(1, wide - 0.4).toFixed(1)}v${high.toFixed(1)}z`;
      }
      return path;
    },
    down(event) {
      if (!this.choosable) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      this.from = this.to = this.minute(event);
    },
    move(event) {
      const box = this.$refs.root.getBoundingClientRect();
      this.over = event.clientX - box.left < this.left ? null : ((event.clientX - box.left) * this.width) / box.width;
      if (this.from !== null) this.to = this.minute(event);
    },
    up() {
      if (this.from === null) return;
      const [first, last] = this.shown;
      this.from = null;
      if (last - first >= 2) this.$emit("pick", { first, last });
      else {
        const hour = this.minutes > 180 ? 60 : 5;
        const begin = Math.floor(first / hour) * hour;
        this.$emit("pick", { first: begin, last: Math.min(this.minutes, begin + hour) });
      }
    },
  },
};
