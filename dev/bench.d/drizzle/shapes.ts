// What the API shows of rows: what is private is there, and null.

interface Author {
  id: number;
  name: string;
  addressId: number | null;
  address?: { id: number; city: string; country: string } | null;
}

export function showAuthor(author: Author) {
  const { address, ...columns } = author;
  const shown = { ...columns, email: null, phoneNumber: null };

  if (address === undefined) {
    return shown;
  }
  return { ...shown, address: address && { ...address, street: null } };
}

interface Joined {
  category: { id: number; name: string };
}

export function showCategories(joined: Joined[]) {
  return joined
    .map(({ category }) => category)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
