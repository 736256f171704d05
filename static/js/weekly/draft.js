// What is not on the server yet, in this machine's store: under the name of one person and one report, erased when it has
// arrived. Several tabs write into one draft: each lays down and takes away only its own entries.

export class Draft {
  constructor(name) {
    this.name = name;
    this.own = new Set();
  }

  all() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.name) || "{}");
      return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
    } catch (error) {
      return {};
    }
  }

  /** Lay down what this tab still holds (a Map). False when the browser refuses: storage forbidden or full. */
  keep(entries) {
    const all = this.all();
    for (const key of this.own) delete all[key];
    for (const [key, entry] of entries) all[key] = entry;
    try {
      if (Object.keys(all).length) localStorage.setItem(this.name, JSON.stringify(all));
      else localStorage.removeItem(this.name);
      this.own = new Set(entries.keys());
      return true;
    } catch (error) {
      return entries.size === 0;
    }
  }

  /** Entries of an earlier visit; from now on they are this tab's. */
  take() {
    const found = Object.entries(this.all());
    for (const [key] of found) this.own.add(key);
    return found;
  }
}
