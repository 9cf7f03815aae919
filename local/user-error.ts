/** Something that the person who starts it must see to: its message is for them, and a stack would tell them nothing. */
export class UserError extends Error {}
