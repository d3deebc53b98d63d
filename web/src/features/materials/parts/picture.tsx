// A material's logo or banner.
import { Picture, usePicture } from '../../../ui/picture';
import type { Material } from '../model';

export function MaterialPicture({ of }: { of: Material }) {
  return <Picture of={usePicture('/api/materials/{material_id}/content', { material_id: of.id }, of.updated_at).data} alt={of.name} />;
}
