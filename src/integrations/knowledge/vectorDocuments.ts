import type { KnowledgeVectors } from '../../commands/help/knowledge.js';
import type { Document, DocumentStore } from '../../documentStore/documentStore.js';

const collection = 'knowledgeVectors';

/** Id: tenant and document. */
interface VectorDocument extends Document {
  readonly version: number;
  readonly model: string;
  /** Float32, little endian, in base64. */
  readonly vector: string;
}

/** Vectors as documents: a cache that may be dropped at any time. */
export async function openVectorDocuments(documentStore: DocumentStore): Promise<KnowledgeVectors> {
  await documentStore.define([{ name: collection, indexes: [] }]);
  const idOf = (tenantId: string, documentId: string) => `${tenantId}/${documentId}`;
  return {
    async load(tenantId, model, versions) {
      const names = [...versions.keys()];
      const ids = names.map((name) => idOf(tenantId, name));
      const found = await documentStore.getMany<VectorDocument>(collection, ids);
      return new Map(
        names.flatMap((name, at) => {
          const document = found[at];
          const fits = document?.model === model && document.version === versions.get(name);
          return fits ? [[name, fromBase64(document.vector)] as const] : [];
        }),
      );
    },
    async save(tenantId, model, vectors) {
      const puts = vectors.map(({ documentId, version, vector }) => {
        const id = idOf(tenantId, documentId);
        const document: VectorDocument = { id, version, model, vector: toBase64(vector) };
        return { collection, document };
      });
      await documentStore.commit({ puts });
    },
    async remove(tenantId, documentIds) {
      const deletes = documentIds.map((name) => ({ collection, id: idOf(tenantId, name) }));
      await documentStore.commit({ deletes });
    },
  };
}

function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
