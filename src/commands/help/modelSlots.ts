/**
 * How many texts may be asked of models at the same time, over all and of one tenant: who asks for many leaves room for the
 * others. Who finds none free does not wait.
 */
export class ModelSlots {
  #taken = 0;
  readonly #byTenant = new Map<string, number>();

  constructor(
    readonly count: number,
    readonly ofOneTenant: number,
  ) {}

  get taken(): number {
    return this.#taken;
  }

  /** What gives the slot back; undefined where none is free for the tenant. */
  take(tenantId: string): (() => void) | undefined {
    if (this.#taken >= this.count || this.#heldBy(tenantId) >= this.ofOneTenant) return undefined;
    this.#change(tenantId, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#change(tenantId, -1);
      isHeld = false;
    };
  }

  #heldBy(tenantId: string): number {
    return this.#byTenant.get(tenantId) ?? 0;
  }

  #change(tenantId: string, by: 1 | -1): void {
    this.#taken += by;
    const held = this.#heldBy(tenantId) + by;
    if (held === 0) this.#byTenant.delete(tenantId);
    else this.#byTenant.set(tenantId, held);
  }
}
