/** What a person wrote: line breaks kept, addresses of the web made links, nothing else interpreted. */
const ADDRESS = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/g;

export function PlainText({ text, className }: { text: string; className?: string | undefined }) {
  return (
    <p className={className} dir="auto">
      {text.split(ADDRESS).map((part, index) =>
        index % 2 === 1 ? <a key={index} href={part} target="_blank" rel="noopener noreferrer nofollow">{part}</a> : part)}
    </p>
  );
}
