import t from 'tap';
import { openEmbeddedSharedState } from '../../../src/integrations/embedded/embeddedSharedState.js';
import { sharedStateContract } from '../../contracts/sharedState.js';

const state = openEmbeddedSharedState();

sharedStateContract(t, 'the embedded shared state', async () => state);
