/** Traits of a profile that say where a person is reached. */
export const addressTraits = ['email', 'phone', 'pushToken', 'webPush'] as const;
export type AddressTrait = (typeof addressTraits)[number];

export function isAddressTrait(name: string): name is AddressTrait {
  return addressTraits.some((trait) => trait === name);
}
