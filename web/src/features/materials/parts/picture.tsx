// A logo or banner, fetched with the page's credentials: an address alone would not say under which membership.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { address, send } from '../../../lib/api/client';
import type { Material } from '../model';
import '../materials.css';

export function Picture({ of }: { of: Material }) {
  const file = useQuery({
    queryKey: ['material-file', of.id, of.updated_at], staleTime: Infinity, enabled: of.size !== null,
    queryFn: async ({ signal }) => (await send('GET', address('/api/materials/{material_id}/content', { material_id: of.id }), undefined, signal)).blob(),
  });
  const [url, setUrl] = useState('');
  useEffect(() => {
    if (!file.data) return;
    const made = URL.createObjectURL(file.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file.data]);
  return <span className="picture">{url && <img src={url} alt={of.name} />}</span>;
}
