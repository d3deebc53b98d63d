// A picture that the API keeps, fetched with the page's credentials: an address alone would not say under which membership.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { address, send } from '../lib/api/client';
import { Problem } from '../lib/api/problem';
import './picture.css';

/** The picture at a path of the API, as an address for `<img>`: '' until it is here, null when there is none. `version` changes when
 *  the picture may have. */
export function usePicture(path: string, values: Record<string, string>, version = ''): string | null {
  const file = useQuery({
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
  const [url, setUrl] = useState('');
  useEffect(() => {
    if (!file.data) return;
    const made = URL.createObjectURL(file.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file.data]);
  return file.data === null ? null : url;
}

export function Picture({ url, alt }: { url: string | null; alt: string }) {
  return <span className="picture">{url && <img src={url} alt={alt} />}</span>;
}
