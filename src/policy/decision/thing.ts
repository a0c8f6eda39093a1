/** The object of a manage request. Each type of thing has its own rule for who may manage such a thing. */
export type Thing =
  | {
      /**
       * The platform: everything that only an administrator may manage. Includes organizations, users, groups, aliases,
       * plans, restrictions and credits.
       */
      readonly type: 'platform'
    }
  | {
      /** An organization: creating teams and virtual accounts in the organization. */
      readonly type: 'organization'
      /** The organization's id. */
      readonly id: string
    }
  | {
      /**
       * A team: suspending, activating, renaming and deleting the team. Also assigning and unassigning access groups
       * that the entitlement of the team's organization lists.
       */
      readonly type: 'team'
      /** The team's id. */
      readonly id: string
    }
  | {
      /** The members, the invitations and the virtual keys of a team. */
      readonly type: 'teamMembers'
      /** The team's id. */
      readonly id: string
    }
  | {
      /**
       * A virtual account: managing the account and its tokens. Also assigning and unassigning access groups that the
       * entitlement of the account's organization lists.
       */
      readonly type: 'virtualAccount'
      /** The virtual account's id. */
      readonly id: string
    }
  | {
      /** The settings, the models and the role grants of a provider account. */
      readonly type: 'providerAccount'
      /** The provider account's id. */
      readonly id: string
    }
  | {
      /**
       * The personal access tokens and the default team of a user. Also accepting and declining the user's
       * invitations, and leaving teams.
       */
      readonly type: 'userTokens'
      /** The user's id. */
      readonly id: string
    }
