// A picture that the API keeps, fetched with the page's credentials: an address alone would not say under which membership.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { address, send } from '../lib/api/client';
import { Problem } from '../lib/api/problem';
import './picture.css';

/** The picture at a path of the API; null when there is none. `version` changes when the picture may have. */
export function usePicture(path: string, values: Record<string, string>, version = '') {
  return useQuery({
    queryKey: ['picture', path, values, version], staleTime: Infinity,
    queryFn: async ({ signal }) => {
      try {
        return await (await send('GET', address(path, values), undefined, signal)).blob();
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
  });
}

/** Its place is there from the beginning: what stands around a picture does not move when it comes. */
export function Picture({ of, alt }: { of: Blob | null | undefined; alt: string }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    if (!of) return;
    const made = URL.createObjectURL(of);
    setUrl(made);
    return () => { URL.revokeObjectURL(made); setUrl(''); };
  }, [of]);
  return <span className="picture">{url && <img src={url} alt={alt} />}</span>;
}
