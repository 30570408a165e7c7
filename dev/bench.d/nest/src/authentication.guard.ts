import {
  CanActivate,
  createParamDecorator,
  ExecutionContext,
  Inject,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { eq } from 'drizzle-orm';
import type { Request } from 'express';
import { Database, DATABASE } from './database';
import { users } from './schema';

interface Payload {
  userId: number;
}

export interface AuthenticatedRequest extends Request {
  userId: number;
}

export const UserId = createParamDecorator(
  (_: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().userId,
);

// The token says who it is, by cookie or header, and the table whether they
// are there.
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly tokens: JwtService,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { userId } = await this.readToken(request);
    const user = await this.database.query.users.findFirst({
      where: eq(users.id, userId),
    });

    if (!user) {
      throw new UnauthorizedException();
    }
    request.userId = user.id;
    return true;
  }

  private async readToken(request: Request): Promise<Payload> {
    const [, bearer] = request.headers.authorization?.split(' ') ?? [];

    try {
      return await this.tokens.verifyAsync<Payload>(
        bearer ?? request.cookies.Authentication,
      );
    } catch {
      throw new UnauthorizedException();
    }
  }
}
