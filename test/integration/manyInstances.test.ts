import t from 'tap';
import { openEmbeddedSharedState } from '../../src/integrations/embedded/embeddedSharedState.js';
import { manyInstances } from '../support/manyInstances.js';

const state = openEmbeddedSharedState();

manyInstances(t, () => state);
