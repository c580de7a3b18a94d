import { z } from 'zod';
import { contextAnalysis } from './contextAnalysis.js';
import { type Shown, text, userId } from './fields.js';
import { preferences, profile, riskFactors } from './profile.js';
import { struggle } from './struggle.js';

export const insights = z
  .object({
    userId,
    profile,
    struggleSignals: z.array(struggle).meta({ description: 'The newest 20, newest first.' }),
    risk: riskFactors,
    preferences,
    contextAnalysis,
    recommendations: z.array(z.object({ action: text('What to do.'), reason: text('Why, in words.') })),
  })
  .meta({ id: 'Insights' });
export type Insights = Shown<z.infer<typeof insights>>;
