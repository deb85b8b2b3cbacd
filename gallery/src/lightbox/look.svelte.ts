/** What the large view shows now, for the panel beside it. */
class Look {
  id = $state<string | null>(null);
  /** Whether the panel is open; kept from photo to photo. */
  info = $state(false);
}

export const look = new Look();
